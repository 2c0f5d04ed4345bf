public struct AccessibilityTraits: OptionSet, Sendable {
    public let rawValue: Int
    public static let isHeader = Self(rawValue: 1)
    public static let isSelected = Self(rawValue: 2)
    public static let updatesFrequently = Self(rawValue: 4)
    public init(rawValue: Int) { self.rawValue = rawValue }

    var names: [String] {
        [(Self.isHeader, "header"), (.isSelected, "selected"), (.updatesFrequently, "updates")]
            .filter { contains($0.0) }.map(\.1)
    }
}

public struct AccessibilityChildBehavior: Equatable, Sendable {
    let name: String
    public static let combine = Self(name: "combine")
    public static let contain = Self(name: "contain")
    public static let ignore = Self(name: "ignore")
}

extension View {
    public func accessibilityLabel(_ key: LocalizedStringKey) -> some View {
        element("accessibilityLabel") { $0.label = $1.text(key) }
    }

    @_disfavoredOverload
    public func accessibilityLabel<Words: StringProtocol>(_ label: Words) -> some View {
        element("accessibilityLabel") { node, _ in node.label = String(label) }
    }

    public func accessibilityValue(_ key: LocalizedStringKey) -> some View {
        element("accessibilityValue") { $0.value = $1.text(key) }
    }

    @_disfavoredOverload
    public func accessibilityValue<Words: StringProtocol>(_ value: Words) -> some View {
        element("accessibilityValue") { node, _ in node.value = String(value) }
    }

    public func accessibilityHint(_ key: LocalizedStringKey) -> some View {
        element("accessibilityHint") { $0.hint = $1.text(key) }
    }

    @_disfavoredOverload
    public func accessibilityHint<Words: StringProtocol>(_ hint: Words) -> some View {
        element("accessibilityHint") { node, _ in node.hint = hint.isEmpty ? nil : String(hint) }
    }

    public func accessibilityIdentifier(_ identifier: String) -> some View {
        element("accessibilityIdentifier") { node, _ in node.identifier = identifier }
    }

    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View {
        element("accessibilityAddTraits") { node, _ in node.traits += traits.names }
    }

    public func accessibilityHidden(_ hidden: Bool) -> some View {
        drawn { nodes, _ in
            for node in nodes.flatMap(\.all) where hidden { node.isHidden = true }
            return nodes
        }
    }

    public func accessibilityElement(children: AccessibilityChildBehavior = .ignore) -> some View {
        drawn { nodes, _ in
            let all = nodes.flatMap(\.all).filter { !$0.isHidden && $0.role != "image" }
            let node = Node("group")
            switch children {
            case .contain: node.children = nodes
            case .combine:
                node.label = all.flatMap { [$0.label, $0.value ?? ""] }.filter { !$0.isEmpty }.joined(separator: ", ")
                node.traits = all.flatMap(\.traits)
            default: break
            }
            return [node]
        }
    }

    public func disabled(_ disabled: Bool) -> some View { within { $0.isEnabled = $0.isEnabled && !disabled } }

    public func tag<Tag: Hashable>(_ tag: Tag) -> some View { element("tag") { node, _ in node.tag = tag } }

    public func navigationTitle(_ title: LocalizedStringKey) -> some View {
        titled { $0.text(title) }
    }

    @_disfavoredOverload
    public func navigationTitle<Words: StringProtocol>(_ title: Words) -> some View {
        titled { _ in String(title) }
    }

    private func titled(_ title: @escaping @MainActor (Place) -> String) -> some View {
        drawn { nodes, place in
            let node = Node("title", label: title(place))
            node.traits = ["header"]
            return [node] + nodes
        }
    }

    public func task(priority: TaskPriority = .userInitiated, _ action: @escaping @MainActor @Sendable () async -> Void)
        -> some View
    {
        task(id: true, priority: priority, action)
    }

    public func task<ID: Equatable & Hashable>(
        id value: ID, priority: TaskPriority = .userInitiated, _ action: @escaping @MainActor @Sendable () async -> Void
    ) -> some View {
        drawn { nodes, place in
            place.graph.task(at: place.identity("task"), id: AnyHashable(value)) {
                Task(priority: priority) { await action() }
            }
            return nodes
        }
    }

    public func onChange<Value: Equatable>(
        of value: Value, initial: Bool = false, _ action: @escaping @MainActor (Value, Value) -> Void
    ) -> some View {
        drawn { nodes, place in
            let cell = place.graph.cell(at: place.identity("change")) { Cell<Value?>(nil) }
            if let old = cell.value ?? (initial ? value : nil), old != value || cell.value == nil {
                place.graph.afterwards { action(old, value) }
            }
            cell.value = value
            return nodes
        }
    }

    public func onDisappear(perform action: @escaping @MainActor () -> Void) -> some View {
        drawn { nodes, place in
            place.graph.disappearance(at: place.identity("disappearance"), action)
            return nodes
        }
    }

    public func onOpenURL(perform action: @escaping @MainActor (URL) -> Void) -> some View {
        drawn { nodes, place in
            place.graph.openURL = action
            return nodes
        }
    }

    public func overlay<Over: View>(alignment: Alignment = .center, @ViewBuilder content: () -> Over) -> some View {
        let over = content()
        return drawn { nodes, place in nodes + place.draw(over, at: "overlay") }
    }

    public func safeAreaInset<Inset: View>(edge: VerticalEdge, @ViewBuilder content: () -> Inset) -> some View {
        let inset = content()
        return drawn { nodes, place in
            let more = place.draw(inset, at: "inset")
            return edge == .top ? more + nodes : nodes + more
        }
    }

    public func keyboardType(_ type: UIKeyboardType) -> some View {
        element("keyboardType") { node, _ in if type != .default { node.traits.append("keyboard \(type)") } }
    }

    public func textContentType(_ type: UITextContentType?) -> some View {
        element("textContentType") { node, _ in if let type { node.traits.append("content \(type.rawValue)") } }
    }
}

public enum AccessibilityNotification {
    public struct Announcement: Sendable {
        private let text: String

        public init(_ announcement: String) {
            text = announcement
        }

        public func post() {
            Spoken.add(text)
        }
    }
}

/// What VoiceOver was asked to say.
@_spi(Script) public enum Spoken {
    private static let lock = NSLock()
    nonisolated(unsafe) private static var sentences: [String] = []

    public static var all: [String] { lock.withLock { sentences } }
    static func add(_ sentence: String) { lock.withLock { sentences.append(sentence) } }
}
