// What is shown over everything else, and what opens.

extension View {
    public func alert<Actions: View, Message: View>(
        _ title: Text, isPresented: Binding<Bool>, @ViewBuilder actions: () -> Actions,
        @ViewBuilder message: () -> Message
    ) -> some View {
        let content = TupleView<(Message, Actions)>(parts: [message(), actions()])
        return drawn { nodes, place in
            guard isPresented.wrappedValue else { return nodes }
            let node = Node("alert", label: title.resolve(place))
            place.graph.present(node) { place.draw(content, at: "alert") }
            // A button of an alert closes it, whatever else it does.
            for button in node.all {
                guard let press = button.press else { continue }
                button.press = {
                    isPresented.wrappedValue = false
                    press()
                }
            }
            return nodes
        }
    }

    public func sheet<Content: View>(isPresented: Binding<Bool>, @ViewBuilder content: @escaping () -> Content)
        -> some View
    {
        drawn { nodes, place in
            if isPresented.wrappedValue {
                place.graph.present(Node("sheet")) { place.draw(content(), at: "sheet") }
            }
            return nodes
        }
    }

    public func sheet<Item: Identifiable, Content: View>(
        item: Binding<Item?>, @ViewBuilder content: @escaping (Item) -> Content
    ) -> some View {
        drawn { nodes, place in
            if let item = item.wrappedValue {
                place.graph.present(Node("sheet")) { place.draw(content(item), at: item.id) }
            }
            return nodes
        }
    }

    public func toolbar<Content: ToolbarContent>(@ToolbarContentBuilder content: () -> Content) -> some View {
        let content = content()
        return drawn { nodes, place in content.items(place) + nodes }
    }
}

@MainActor @preconcurrency
public protocol ToolbarContent {
    associatedtype Body: ToolbarContent
    @ToolbarContentBuilder var body: Body { get }
}

extension Never: ToolbarContent {}

@MainActor
protocol ToolbarDrawn: ToolbarContent {
    func draw(_ place: Place) -> [Node]
}

extension ToolbarContent {
    func items(_ place: Place) -> [Node] {
        if let drawn = self as? any ToolbarDrawn { return drawn.draw(place) }
        return body.items(place)
    }
}

@resultBuilder
@MainActor
public enum ToolbarContentBuilder {
    public static func buildExpression<Content: ToolbarContent>(_ content: Content) -> Content { content }
    public static func buildBlock<Content: ToolbarContent>(_ content: Content) -> Content { content }
    public static func buildBlock<First: ToolbarContent, Second: ToolbarContent>(_ first: First, _ second: Second)
        -> some ToolbarContent
    {
        ToolbarPair(first: first, second: second)
    }
}

struct ToolbarPair<First: ToolbarContent, Second: ToolbarContent>: ToolbarDrawn {
    let first: First
    let second: Second
    var body: Never { fatalError("a pair draws itself") }
    func draw(_ place: Place) -> [Node] { first.items(place) + second.items(place) }
}

public struct ToolbarItemPlacement: Equatable, Sendable {
    let name: String
    public static let topBarLeading = Self(name: "leading")
    public static let topBarTrailing = Self(name: "trailing")
}

public struct ToolbarItem<ID, Content: View>: ToolbarContent, ToolbarDrawn {
    let placement: ToolbarItemPlacement
    let content: Content

    public init(placement: ToolbarItemPlacement, @ViewBuilder content: () -> Content) where ID == () {
        (self.placement, self.content) = (placement, content())
    }

    public var body: Never { fatalError("an item draws itself") }
    func draw(_ place: Place) -> [Node] { place.draw(content, at: placement.name) }
}

/// A menu that opens when it is pressed, and closes with what is pressed in it.
public struct Menu<Title: View, Content: View>: View, Drawn {
    public typealias Body = Never
    let content: Content
    let title: Title

    public init(@ViewBuilder content: () -> Content, @ViewBuilder label: () -> Title) {
        (self.content, title) = (content(), label())
    }

    func draw(_ place: Place) -> [Node] {
        let isOpen = place.graph.cell(at: place.identity("menu")) { Cell(false) }
        let node = Node("menu", label: joined(place.draw(title, at: 0)))
        node.isEnabled = place.environment.isEnabled
        node.press = { [weak graph = place.graph] in
            isOpen.value.toggle()
            graph?.invalidate()
        }
        if isOpen.value {
            node.children = place.draw(content, at: 1)
            for item in node.children.flatMap(\.all) {
                guard let press = item.press else { continue }
                item.press = { [weak graph = place.graph] in
                    isOpen.value = false
                    graph?.invalidate()
                    press()
                }
            }
        }
        return [node]
    }
}

/// What is shown when one wants it.
public struct DisclosureGroup<Title: View, Content: View>: View, Drawn {
    public typealias Body = Never
    let isExpanded: Binding<Bool>
    let content: Content
    let title: Title

    public init(isExpanded: Binding<Bool>, @ViewBuilder content: () -> Content, @ViewBuilder label: () -> Title) {
        (self.isExpanded, self.content, title) = (isExpanded, content(), label())
    }

    func draw(_ place: Place) -> [Node] {
        let node = Node("disclosure", label: joined(place.draw(title, at: 0)))
        node.value = isExpanded.wrappedValue ? "1" : "0"
        node.isEnabled = place.environment.isEnabled
        node.press = { isExpanded.wrappedValue.toggle() }
        if isExpanded.wrappedValue { node.children = place.draw(content, at: 1) }
        return [node]
    }
}

public struct DatePickerComponents: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let date = Self(rawValue: 1)
}

/// A calendar: a test writes a day of it, as `yyyy-MM-dd`.
public struct DatePicker<Title: View>: View, Drawn {
    public typealias Body = Never
    public typealias Components = DatePickerComponents
    let title: Title
    let selection: Binding<Date>
    let range: ClosedRange<Date>

    @_disfavoredOverload
    public init<Words: StringProtocol>(
        _ title: Words, selection: Binding<Date>, in range: ClosedRange<Date>, displayedComponents: Components
    ) where Title == Text {
        (self.title, self.selection, self.range) = (Text(title), selection, range)
    }

    func draw(_ place: Place) -> [Node] {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyy-MM-dd"
        let node = Node("calendar", label: joined(place.draw(title, at: 0)))
        node.value = format.string(from: selection.wrappedValue)
        place.graph.expect(range.contains(selection.wrappedValue), "the calendar shows a day that is not in it")
        node.isEnabled = place.environment.isEnabled
        node.write = { [range] text in
            if let day = format.date(from: text), range.contains(day) { selection.wrappedValue = day }
        }
        return [node]
    }
}
