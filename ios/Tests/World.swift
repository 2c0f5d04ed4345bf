import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The portal, its mails and text messages and everybody's cards: a process that ends when its input does.
struct World: Sendable {
    private static let running = Result { try World() }

    static func shared() throws -> World { try running.get() }

    let portal: String
    let trust: Data
    private let control: URL
    private let input: FileHandle

    private struct Description: Decodable {
        let portal: String
        let trust: String
        let control: URL
    }

    private struct Message: Decodable {
        let text: String
    }

    /// The world does not have it, or is not there.
    struct Refused: Error {}

    private init() throws {
        guard let target = ProcessInfo.processInfo.environment["BASVURU_TARGET"] else { throw Refused() }
        let (process, input, output) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: target).appending(path: "world")
        // Nobody in a test waits a minute for another code.
        process.arguments = ["--json", "--resend-after", "0"]
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        var line = Data()
        while let octet = try output.fileHandleForReading.read(upToCount: 1), octet != Data("\n".utf8) { line += octet }
        let description = try JSONDecoder().decode(Description.self, from: line)
        (portal, trust, control) = (description.portal, Data(description.trust.utf8), description.control)
        self.input = input.fileHandleForWriting
    }

    func invite() async throws -> Applicant { try await ask("applicants", method: "POST") }

    /// Invites somebody again, with another password: what was begun with the one before is over.
    func inviteAgain(_ applicant: Applicant) async throws -> Applicant {
        try await ask("applicants/\(applicant.identity)/invitation", method: "POST")
    }

    /// Answers for the institution of an order, which was asked to confirm a number.
    func answerForInstitution(_ order: String, confirmed: Bool) async throws {
        let _: Nothing = try await ask("orders/\(order)/number/\(confirmed ? "confirmed" : "refused")", method: "POST")
    }

    private struct Nothing: Decodable {}

    /// The newest text message to a number; the world waits until so many have come.
    func newestText(to number: String, count: Int) async throws -> String {
        let message: Message = try await ask("texts/\(number)/\(count)")
        return message.text
    }

    func captcha(_ id: String) async throws -> String {
        let message: Message = try await ask("captchas/\(id)")
        return message.text
    }

    /// The link in the mail that invited somebody.
    func invitation(of applicant: Applicant) async throws -> URL {
        let mails: [String] = try await ask("mails/\(applicant.email)")
        let words = mails.flatMap { $0.split(whereSeparator: \.isWhitespace) }
        guard let link = words.first(where: { $0.hasPrefix(portal) }).flatMap({ URL(string: String($0)) }) else {
            throw Refused()
        }
        return link
    }

    /// Every command that reached somebody's card, in order.
    func commands(of applicant: Applicant) async throws -> [CardCommand] {
        try await ask("cards/\(applicant.identity)/commands")
    }

    private func ask<Answer: Decodable>(_ path: String, method: String = "GET") async throws -> Answer {
        var request = URLRequest(url: control.appending(path: path))
        request.httpMethod = method
        let (body, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else { throw Refused() }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Answer.self, from: body)
    }
}

/// What reached a card, hexadecimal, and how it was answered.
struct CardCommand: Decodable, Sendable {
    let command: String
    let status: String?

    /// Whether it carried a PIN.
    var isVerify: Bool { command.dropFirst(2).hasPrefix("20") && command.count > 10 }
    var isSigning: Bool { command.dropFirst(2).hasPrefix("2a9e9a") || command.dropFirst(2).hasPrefix("88") }
    var isChange: Bool { command.dropFirst(2).hasPrefix("24") }
    var isUnblocking: Bool { command.dropFirst(2).hasPrefix("2c") }
}

/// Somebody who was invited, with a card.
struct Applicant: Decodable, Sendable {
    let identity: String
    let phone: String
    let email: String
    let order: String
    let accessPassword: String
    let pin: String
    let puk: String
    let card: Card

    struct Card: Decodable, Sendable {
        let contactPort: UInt16
        let nfcPort: UInt16
        let historicalBytes: String
    }
}

/// A wire to a card of the world: two octets of length, big-endian, then the message; both ways.
final class Wire: Sendable {
    private let socket: Int32

    struct Broken: Error {}

    init(to port: UInt16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafeBytes(of: &address) { address in
            connect(socket, address.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(address.count))
        }
        guard connected == 0 else { throw Broken() }
        var yes: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), Int32(TCP_NODELAY), &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        close(socket)
    }

    func exchange(_ message: Data) throws -> Data {
        let framed = [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
        guard write(socket, framed, framed.count) == framed.count else { throw Broken() }
        let length = try receive(2)
        return Data(try receive(Int(length[0]) << 8 | Int(length[1])))
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var octets: [UInt8] = []
        while octets.count < count {
            var part = [UInt8](repeating: 0, count: count - octets.count)
            let length = read(socket, &part, part.count)
            guard length > 0 else { throw Broken() }
            octets += part[..<length]
        }
        return octets
    }
}

extension Data {
    /// The octets that a text names in pairs of digits.
    init(hexadecimal text: String) {
        let digits = Array(text)
        self.init(
            stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
    }
}
