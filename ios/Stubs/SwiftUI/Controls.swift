@_exported import struct Foundation.URL

/// Joins what was drawn inside into one element, as a button does with its label.
@MainActor
func joined(_ nodes: [Node]) -> String {
    nodes.flatMap(\.all).filter { !$0.isHidden && $0.role != "image" && !$0.label.isEmpty }.map(\.label).joined(
        separator: ", ")
}

public struct ButtonRole: Equatable, Sendable {
    let name: String
    public static let cancel = Self(name: "cancel")
    public static let destructive = Self(name: "destructive")
}

public struct Button<Content: View>: View, Drawn {
    public typealias Body = Never
    let role: ButtonRole?
    let action: @MainActor () -> Void
    let content: Content

    @preconcurrency
    public init(role: ButtonRole? = nil, action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Content) {
        (self.role, self.action, content) = (role, action, label())
    }

    @preconcurrency
    public init(_ title: LocalizedStringKey, role: ButtonRole? = nil, action: @escaping @MainActor () -> Void)
    where Content == Text {
        (self.role, self.action, content) = (role, action, Text(title))
    }

    @_disfavoredOverload @preconcurrency
    public init<Words: StringProtocol>(_ title: Words, role: ButtonRole? = nil, action: @escaping @MainActor () -> Void)
    where Content == Text {
        (self.role, self.action, content) = (role, action, Text(title))
    }

    public init(
        _ title: LocalizedStringKey, systemImage: String, role: ButtonRole? = nil,
        action: @escaping @MainActor () -> Void
    )
    where Content == Label<Text, Image> {
        (self.role, self.action, content) = (role, action, Label(title, systemImage: systemImage))
    }

    func draw(_ place: Place) -> [Node] {
        let parts = place.draw(content, at: 0)
        let node = Node("button", label: joined(parts))
        if node.label.isEmpty, let image = parts.flatMap(\.all).first(where: { $0.role == "image" }) {
            node.label = image.label
        }
        if let role { node.traits.append(role.name) }
        node.isEnabled = place.environment.isEnabled
        node.press = action
        return [node]
    }
}

public struct TextField<Title: View>: View, Drawn {
    public typealias Body = Never
    let title: Title
    let text: Binding<String>

    public init(_ title: LocalizedStringKey, text: Binding<String>, axis: Axis = .horizontal) where Title == Text {
        (self.title, self.text) = (Text(title), text)
    }

    @_disfavoredOverload
    public init<Words: StringProtocol>(_ title: Words, text: Binding<String>, axis: Axis = .horizontal)
    where Title == Text {
        (self.title, self.text) = (Text(title), text)
    }

    func draw(_ place: Place) -> [Node] {
        let node = Node("field", label: joined(place.draw(title, at: 0)))
        node.value = text.wrappedValue
        node.isEnabled = place.environment.isEnabled
        node.write = { text.wrappedValue = $0 }
        return [node]
    }
}

public struct SecureField<Title: View>: View, Drawn {
    public typealias Body = Never
    let title: Title
    let text: Binding<String>

    public init(_ title: LocalizedStringKey, text: Binding<String>) where Title == Text {
        (self.title, self.text) = (Text(title), text)
    }

    func draw(_ place: Place) -> [Node] {
        let node = Node("secure field", label: joined(place.draw(title, at: 0)))
        node.value = String(repeating: "•", count: text.wrappedValue.count)
        node.isEnabled = place.environment.isEnabled
        node.write = { text.wrappedValue = $0 }
        return [node]
    }
}

public struct Toggle<Title: View>: View, Drawn {
    public typealias Body = Never
    let title: Title
    let isOn: Binding<Bool>

    public init(_ title: LocalizedStringKey, isOn: Binding<Bool>) where Title == Text {
        (self.title, self.isOn) = (Text(title), isOn)
    }

    func draw(_ place: Place) -> [Node] {
        let node = Node("switch", label: joined(place.draw(title, at: 0)))
        node.value = isOn.wrappedValue ? "1" : "0"
        node.isEnabled = place.environment.isEnabled
        node.press = { isOn.wrappedValue.toggle() }
        return [node]
    }
}

public struct Picker<Title: View, Selection: Hashable, Content: View>: View, Drawn {
    public typealias Body = Never
    let title: Title
    let selection: Binding<Selection>
    let content: Content

    public init(_ title: LocalizedStringKey, selection: Binding<Selection>, @ViewBuilder content: () -> Content)
    where Title == Text {
        (self.title, self.selection, self.content) = (Text(title), selection, content())
    }

    @_disfavoredOverload
    public init<Words: StringProtocol>(
        _ title: Words, selection: Binding<Selection>, @ViewBuilder content: () -> Content
    )
    where Title == Text {
        (self.title, self.selection, self.content) = (Text(title), selection, content())
    }

    func draw(_ place: Place) -> [Node] {
        let node = Node("picker", label: joined(place.draw(title, at: 0)))
        let choices = place.draw(content, at: 1)
        for choice in choices {
            // A choice whose tag is of another type than the selection can never be chosen: Apple's is silent, this is not.
            guard let tag = choice.tag as? Selection, choice.tag.map({ type(of: $0) == Selection.self }) == true else {
                place.graph.expect(false, "the choice “\(choice.label)” has no tag of type \(Selection.self)")
                continue
            }
            if tag == selection.wrappedValue { node.value = choice.label }
            node.choices.append((choice.label, { selection.wrappedValue = tag }))
        }
        node.isEnabled = place.environment.isEnabled
        return [node]
    }
}

public struct ProgressView<Content: View>: View, Drawn {
    public typealias Body = Never
    let content: Content

    public init() where Content == EmptyView {
        content = EmptyView()
    }

    @_disfavoredOverload
    public init<Words: StringProtocol>(_ title: Words) where Content == Text {
        content = Text(title)
    }

    public init(_ title: LocalizedStringKey) where Content == Text {
        content = Text(title)
    }

    func draw(_ place: Place) -> [Node] { [Node("progress", label: joined(place.draw(content, at: 0)))] }
}

public struct LabeledContent<Title: View, Content: View>: View, Drawn {
    public typealias Body = Never
    let title: Title
    let content: Content

    public init(_ title: LocalizedStringKey, value: String) where Title == Text, Content == Text {
        (self.title, content) = (Text(title), Text(verbatim: value))
    }

    @_disfavoredOverload
    public init<Words: StringProtocol>(_ title: Words, value: String) where Title == Text, Content == Text {
        (self.title, content) = (Text(title), Text(verbatim: value))
    }

    public init(_ title: LocalizedStringKey, @ViewBuilder content: () -> Content) where Title == Text {
        (self.title, self.content) = (Text(title), content())
    }

    func draw(_ place: Place) -> [Node] {
        let node = Node("text", label: joined(place.draw(title, at: 0)))
        node.value = joined(place.draw(content, at: 1))
        return [node]
    }
}

public struct Link<Content: View>: View, Drawn {
    public typealias Body = Never
    let content: Content
    let destination: URL

    public init(_ title: LocalizedStringKey, destination: URL) where Content == Text {
        (content, self.destination) = (Text(title), destination)
    }

    @_disfavoredOverload
    public init<Words: StringProtocol>(_ title: Words, destination: URL) where Content == Text {
        (content, self.destination) = (Text(title), destination)
    }

    func draw(_ place: Place) -> [Node] {
        let node = Node("link", label: joined(place.draw(content, at: 0)))
        node.value = destination.absoluteString
        let open = place.environment.openURL
        node.press = { open(destination) }
        return [node]
    }
}

public struct ShareLink<Content: View>: View, Drawn {
    public typealias Body = Never
    let content: Content

    let item: String

    public init(_ title: LocalizedStringKey, item: URL) where Content == Text {
        (content, self.item) = (Text(title), item.lastPathComponent)
    }

    public init(_ title: LocalizedStringKey, item: String) where Content == Text {
        (content, self.item) = (Text(title), item)
    }

    func draw(_ place: Place) -> [Node] {
        let node = Node("button", label: joined(place.draw(content, at: 0)))
        node.traits = ["shares"]
        node.isEnabled = place.environment.isEnabled
        node.press = { Shared.add(item) }
        return [node]
    }
}

/// What was handed to the share sheet.
@_spi(Script) @MainActor public enum Shared {
    public private(set) static var items: [String] = []
    static func add(_ item: String) { items.append(item) }
}
