import Basvuru
import Foundation

/// A phone's reader with a card of the world in it. Before each call does its work it runs what the test has put there,
/// which may fail in the port's stead, or wait.
final class TcpReaders: Readers {
    /// How the card is reached.
    enum Way: String, Sendable {
        case contact, nfc, usb
    }

    /// What the test wants to happen before a call.
    struct Before: Sendable {
        var list: @Sendable () async throws -> Void = {}
        var connect: @Sendable () async throws -> Void = {}
        var info: @Sendable () async throws -> Void = {}
        var transmit: @Sendable (_ instruction: UInt8) async throws -> Void = { _ in }
        var tell: @Sendable (CardStage) async throws -> Void = { _ in }
        var close: @Sendable () async throws -> Void = {}
        var usb: @Sendable (TcpUsbReader.Call) async throws -> Void = { _ in }
    }

    static let verify: UInt8 = 0x20
    static let sign: UInt8 = 0x2A

    let reader: String
    private let card: Applicant.Card
    private let way: Way
    let before = Locked(Before())
    /// The instruction bytes of all commands that reached the card.
    let instructions = Locked<[UInt8]>([])
    /// The sentences shown while connecting, told and at the end.
    let sentences = Locked<[String]>([])

    init(card: Applicant.Card, way: Way) {
        self.card = card
        self.way = way
        reader = way.rawValue
    }

    private var link: CardLink { way == .nfc ? .nfc : .contact }

    /// How many times a PIN reached the card.
    var verifications: Int { count(of: Self.verify) }

    func count(of instruction: UInt8) -> Int {
        instructions.now.count { $0 == instruction }
    }

    func list() async throws -> [ReaderDescription] {
        try await before.now.list()
        return [ReaderDescription(id: reader, name: "Deneme okuyucusu", link: link)]
    }

    func connect(reader: String, prompt: String) async throws -> ConnectedCard {
        sentences.change { $0.append(prompt) }
        try await before.now.connect()
        switch way {
        case .contact:
            return .channel(channel: Channel(readers: self, connection: try Connection(port: card.contactPort)))
        case .nfc:
            return .channel(channel: Channel(readers: self, connection: try Connection(port: card.nfcPort)))
        case .usb:
            let connection = try Connection(port: card.usbPort)
            return .usb(usb: TcpUsbReader(connection: connection) { try await self.before.now.usb($0) })
        }
    }

    private final class Channel: CardChannel {
        /// How many there are.
        static let alive = Locked(0)

        private let readers: TcpReaders
        private let connection: Locked<Connection?>

        init(readers: TcpReaders, connection: Connection) {
            self.readers = readers
            self.connection = Locked(connection)
            Self.alive.change { $0 += 1 }
        }

        deinit {
            Self.alive.change { $0 -= 1 }
        }

        func info() async throws -> ChannelInfo {
            try await readers.before.now.info()
            let card = readers.card
            return ChannelInfo(
                link: readers.link,
                atr: readers.link == .contact ? try exchange(Data([4])) : nil,
                historicalBytes: Data(hexadecimal: card.historicalBytes),
                maxCommandLength: card.extendedLength ? 4096 : 261,
                maxResponseLength: card.extendedLength ? 4096 : 258,
                extendedLength: card.extendedLength
            )
        }

        func transmit(command: Data) async throws -> Data {
            let instruction = command[command.startIndex + 1]
            try await readers.before.now.transmit(instruction)
            readers.instructions.change { $0.append(instruction) }
            return try exchange(command)
        }

        func tell(stage: CardStage, sentence: String) async throws {
            try await readers.before.now.tell(stage)
            readers.sentences.change { $0.append(sentence) }
        }

        func close(outcome: CardOutcome) async throws {
            connection.change { $0 = nil }
            try await readers.before.now.close()
            switch outcome {
            case .succeeded(let sentence), .failed(let sentence):
                readers.sentences.change { $0.append(sentence) }
            }
        }

        private func exchange(_ message: Data) throws -> Data {
            guard let connection = connection.now else { throw LinkFailure.CardLost(delivery: .notSent) }
            return try connection.exchange(message)
        }
    }

    /// How many channels there are, in all tests.
    static var channelsAlive: Int { Channel.alive.now }
}

extension Data {
    /// The octets that a text names in pairs of digits.
    init(hexadecimal text: String) {
        self.init(
            stride(from: 0, to: text.count, by: 2).compactMap { index in
                UInt8(text.dropFirst(index).prefix(2), radix: 16)
            })
    }
}
