/// A sentence's name in the string catalogue, and what goes into it.
public struct LocalizedStringKey: Equatable, ExpressibleByStringInterpolation, Sendable {
    let key: String
    let arguments: [String]

    public init(_ value: String) {
        (key, arguments) = (value, [])
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    public init(stringInterpolation: StringInterpolation) {
        (key, arguments) = (stringInterpolation.key, stringInterpolation.arguments)
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        var key = ""
        var arguments: [String] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}
        public mutating func appendLiteral(_ literal: String) { key += literal.replacing("%", with: "%%") }
        public mutating func appendInterpolation(_ string: String) {
            key += "%@"
            arguments.append(string)
        }
        public mutating func appendInterpolation(_ number: Int) {
            key += "%lld"
            arguments.append("\(number)")
        }
    }
}

/// The sentences of a string catalogue in all their languages.
@_spi(Script) public struct Catalogue: Sendable {
    private struct File: Decodable {
        let sourceLanguage: String
        let strings: [String: Entry]
    }
    private struct Entry: Decodable {
        let localizations: [String: Localization]?
    }
    private struct Localization: Decodable {
        let stringUnit: Unit?
    }
    private struct Unit: Decodable {
        let state: String
        let value: String
    }

    private let languages: [String: [String: String]]

    /// Reads a `.xcstrings` file.
    public init(reading file: URL) throws {
        let catalogue = try JSONDecoder().decode(File.self, from: Data(contentsOf: file))
        var languages: [String: [String: String]] = [:]
        for (key, entry) in catalogue.strings {
            for (language, localization) in entry.localizations ?? [:] {
                if let unit = localization.stringUnit, unit.state == "translated" {
                    languages[language, default: [:]][key] = unit.value
                }
            }
        }
        self.languages = languages
    }

    /// All names, in each language.
    public var keys: [String: Set<String>] { languages.mapValues { Set($0.keys) } }

    @MainActor
    func text(_ key: LocalizedStringKey, locale: Locale, graph: Graph) -> String {
        let language = String(locale.identifier.prefix(2))
        guard var text = languages[language]?[key.key] else {
            graph.expect(false, "the catalogue has no “\(key.key)” in \(language)")
            return key.key
        }
        for argument in key.arguments {
            guard let hole = text.firstRange(of: #/%(@|lld)/#) else { break }
            text.replaceSubrange(hole, with: argument)
        }
        return text
    }
}

public struct Text: View, Drawn {
    public typealias Body = Never
    private enum Content {
        case key(LocalizedStringKey)
        case verbatim(String)
    }
    private let content: Content

    public init(_ key: LocalizedStringKey) {
        content = .key(key)
    }

    @_disfavoredOverload
    public init<Words: StringProtocol>(_ content: Words) {
        self.content = .verbatim(String(content))
    }

    public init(verbatim content: String) {
        self.content = .verbatim(content)
    }

    func resolve(_ place: Place) -> String {
        switch content {
        case .key(let key): place.text(key)
        case .verbatim(let text): text
        }
    }

    func draw(_ place: Place) -> [Node] { [Node("text", label: resolve(place))] }

    public func bold() -> Text { self }
    public func monospaced() -> Text { self }
    public func monospacedDigit() -> Text { self }
}

public struct Image: View, Drawn {
    public typealias Body = Never
    private let name: String
    private let label: String?

    public init(systemName: String) {
        (name, label) = (systemName, systemName)
    }

    public init(decorative name: String) {
        (self.name, label) = (name, nil)
    }

    public init(uiImage: UIImage) {
        (name, label) = ("picture", "")
    }

    public func resizable() -> Image { self }
    func draw(_ place: Place) -> [Node] { label.map { [Node("image", label: $0)] } ?? [] }
}

extension Image {
    public func scaledToFit() -> some View { unchanged() }
}

public struct Label<Title: View, Icon: View>: View, Drawn {
    public typealias Body = Never
    let title: Title

    public init(@ViewBuilder title: () -> Title, @ViewBuilder icon: () -> Icon) {
        self.title = title()
    }

    public init(_ title: LocalizedStringKey, systemImage: String) where Title == Text, Icon == Image {
        self.title = Text(title)
    }

    @_disfavoredOverload
    public init<Words: StringProtocol>(_ title: Words, systemImage: String) where Title == Text, Icon == Image {
        self.title = Text(title)
    }

    func draw(_ place: Place) -> [Node] { place.draw(title, at: 0) }
}

extension String {
    public typealias LocalizationValue = LocalizedStringKey

    /// Foundation's, which Linux lacks: in the language of the screen that was made last.
    public init(localized key: LocalizationValue) {
        self = Catalogue.spoken(key)
    }
}

extension Catalogue {
    private static let lock = NSLock()
    nonisolated(unsafe) private static var current: (catalogue: Catalogue, language: String)?

    /// Makes it what `String(localized:)` reads.
    public func speak(_ language: String) {
        Self.lock.withLock { Self.current = (self, language) }
    }

    static func spoken(_ key: LocalizedStringKey) -> String {
        lock.withLock { current.flatMap { $0.catalogue.languages[$0.language]?[key.key] } } ?? key.key
    }
}
