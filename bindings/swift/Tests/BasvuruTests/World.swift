import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The portal, its mails and text messages, and everybody's cards: a process that ends with this one.
struct World: Sendable {
    private static let running = Result { try World() }

    /// The world, started when it is first needed.
    static func shared() throws -> World {
        try running.get()
    }

    let portal: String
    let trust: Data
    private let control: URL
    /// The world's input: it ends when this does.
    private let input: FileHandle

    private init() throws {
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = Self.built.appending(path: "world")
        process.arguments = ["--json"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = try Self.line(of: output.fileHandleForReading)
        let description = try JSONDecoder().decode(Description.self, from: line)
        portal = description.portal
        trust = Data(description.trust.utf8)
        control = description.control
        self.input = input.fileHandleForWriting
    }

    private static func line(of output: FileHandle) throws -> Data {
        var line = Data()
        while let octet = try output.read(upToCount: 1), let octet = octet.first, octet != UInt8(ascii: "\n") {
            line.append(octet)
        }
        return line
    }

    /// Where Cargo builds, as in `Package.swift`.
    static let built: URL = {
        if let given = ProcessInfo.processInfo.environment["BASVURU_TARGET"] {
            return URL(filePath: given)
        }
        return package.appending(path: "../../target/debug")
    }()

    /// The folder of `Package.swift`.
    static let package: URL = URL(filePath: #filePath).appending(path: "../../..").standardized

    /// Somebody new who was invited, with a card of their own.
    func invite() async throws -> Applicant {
        var request = URLRequest(url: control.appending(path: "applicants"))
        request.httpMethod = "POST"
        return try await answer(to: request)
    }

    /// The newest text message to a number; the world waits until there is one.
    func newestText(to number: String) async throws -> String {
        let message: Message = try await answer(to: URLRequest(url: control.appending(path: "texts/\(number)/1")))
        return message.text
    }

    /// What is in the picture.
    func captcha(_ id: String) async throws -> String {
        let message: Message = try await answer(to: URLRequest(url: control.appending(path: "captchas/\(id)")))
        return message.text
    }

    private func answer<Answer: Decodable>(to request: URLRequest) async throws -> Answer {
        let (body, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            throw Refused(answer: String(decoding: body, as: UTF8.self))
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Answer.self, from: body)
    }

    private struct Description: Decodable {
        let portal: String
        let trust: String
        let control: URL
    }

    private struct Message: Decodable {
        let text: String
    }

    /// The world does not have what was asked for.
    struct Refused: Error {
        let answer: String
    }
}

/// Somebody who was invited.
struct Applicant: Decodable, Sendable {
    let identity: String
    let phone: String
    let order: String
    let accessPassword: String
    let pin: String
    let card: Card

    /// Where the person's card is, and what a reader would know of it.
    struct Card: Decodable, Sendable {
        let contactPort: UInt16
        let nfcPort: UInt16
        let usbPort: UInt16
        let historicalBytes: String
        let extendedLength: Bool
    }
}
