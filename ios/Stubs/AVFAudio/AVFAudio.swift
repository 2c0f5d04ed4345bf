// AVFAudio as far as the app uses it, for Linux: what was played.

@_exported import Foundation

// objc: AVAudioPlayer
open class AVAudioPlayer: NSObject {
    private let octets: Data

    /// Fails where the octets are no WAV, which is what the portal speaks.
    // objc: initWithData:error:
    public init(data: Data) throws {
        guard data.starts(with: Data("RIFF".utf8)) else { throw CocoaError(.fileReadCorruptFile) }
        octets = data
    }

    // objc: play
    @discardableResult
    open func play() -> Bool {
        Sounds.add(octets)
        return true
    }
}

// objc: AVAudioSession
open class AVAudioSession: NSObject {
    // objc: sharedInstance
    open class func sharedInstance() -> AVAudioSession { AVAudioSession() }
    // objc: setCategory:error:
    open func setCategory(_ category: Category) throws {}

    public struct Category: Hashable, RawRepresentable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        // objc: AVAudioSessionCategoryPlayback
        public static let playback = Self(rawValue: "AVAudioSessionCategoryPlayback")
    }
}

/// What was heard.
@_spi(Script) public enum Sounds {
    private static let lock = NSLock()
    nonisolated(unsafe) private static var played: [Data] = []

    public static var all: [Data] { lock.withLock { played } }
    static func add(_ sound: Data) { lock.withLock { played.append(sound) } }
}
