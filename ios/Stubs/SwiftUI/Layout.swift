public enum Axis: Sendable {
    case horizontal, vertical

    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public static let horizontal = Self(rawValue: 1)
        public static let vertical = Self(rawValue: 2)
        public init(rawValue: Int8) { self.rawValue = rawValue }
    }
}

public enum HorizontalAlignment: Sendable {
    case leading, center, trailing
}

public enum VerticalAlignment: Sendable {
    case top, center, bottom, firstTextBaseline
}

public enum Alignment: Sendable {
    case center, bottom
}

/// A container that is nothing to assistive technology: its elements stand in order.
@MainActor
protocol Transparent: Drawn {
    associatedtype Content: View
    var content: Content { get }
}

extension Transparent {
    func draw(_ place: Place) -> [Node] { place.draw(content, at: 0) }
}

public struct VStack<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content)
    {
        self.content = content()
    }
}

public struct LazyVStack<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content)
    {
        self.content = content()
    }
}

public struct HStack<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {
        self.content = content()
    }
}

public struct ZStack<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(@ViewBuilder content: () -> Content) { self.content = content() }
}

public struct Group<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(@ViewBuilder content: () -> Content) { self.content = content() }
}

public struct ScrollView<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(_ axes: Axis.Set = .vertical, @ViewBuilder content: () -> Content) { self.content = content() }
}

public struct Grid<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(horizontalSpacing: CGFloat? = nil, verticalSpacing: CGFloat? = nil, @ViewBuilder content: () -> Content)
    {
        self.content = content()
    }
}

public struct GridRow<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(@ViewBuilder content: () -> Content) { self.content = content() }
}

public struct NavigationStack<Content: View>: View, Transparent {
    public typealias Body = Never
    let content: Content
    public init(@ViewBuilder root: () -> Content) { content = root() }
}

public struct Form<Content: View>: View, Drawn {
    public typealias Body = Never
    let content: Content
    public init(@ViewBuilder content: () -> Content) { self.content = content() }
    func draw(_ place: Place) -> [Node] { [Node("form", children: place.draw(content, at: 0))] }
}

public struct List<Content: View>: View, Drawn {
    public typealias Body = Never
    let content: Content
    public init(@ViewBuilder content: () -> Content) { self.content = content() }
    func draw(_ place: Place) -> [Node] { [Node("list", children: place.draw(content, at: 0))] }
}

public struct Section<Header: View, Content: View, Footer: View>: View, Drawn {
    public typealias Body = Never
    let header: Header
    let content: Content
    let footer: Footer

    public init(@ViewBuilder content: () -> Content) where Header == EmptyView, Footer == EmptyView {
        (header, self.content, footer) = (EmptyView(), content(), EmptyView())
    }

    public init(@ViewBuilder content: () -> Content, @ViewBuilder footer: () -> Footer) where Header == EmptyView {
        (header, self.content, self.footer) = (EmptyView(), content(), footer())
    }

    public init(@ViewBuilder content: () -> Content, @ViewBuilder header: () -> Header) where Footer == EmptyView {
        (self.header, self.content, footer) = (header(), content(), EmptyView())
    }

    public init(
        @ViewBuilder content: () -> Content, @ViewBuilder header: () -> Header, @ViewBuilder footer: () -> Footer
    ) {
        (self.header, self.content, self.footer) = (header(), content(), footer())
    }

    func draw(_ place: Place) -> [Node] {
        let headers = place.draw(header, at: 0)
        for node in headers { node.traits.append("header") }
        return headers + place.draw(content, at: 1) + place.draw(footer, at: 2)
    }
}

public struct Spacer: View, Drawn {
    public typealias Body = Never
    public init(minLength: CGFloat? = nil) {}
    func draw(_ place: Place) -> [Node] { [] }
}

public struct Color: View, Drawn, ShapeStyle, Sendable {
    public typealias Body = Never
    public static let primary = Color()
    public static let secondary = Color()
    public static let red = Color()
    public static let clear = Color()
    func draw(_ place: Place) -> [Node] { [] }
}

public protocol ShapeStyle: Sendable {}

extension ShapeStyle where Self == Color {
    public static var red: Color { Color() }
}

public struct HierarchicalShapeStyle: ShapeStyle {}
public struct BackgroundStyle: ShapeStyle {}
public struct Material: ShapeStyle {}

extension ShapeStyle where Self == HierarchicalShapeStyle {
    public static var primary: Self { Self() }
    public static var secondary: Self { Self() }
}

extension ShapeStyle where Self == BackgroundStyle {
    public static var background: Self { Self() }
}

extension ShapeStyle where Self == Material {
    public static var bar: Self { Self() }
}

public struct Font: Hashable, Sendable {
    let name: String
    public static let largeTitle = Font(name: "largeTitle")
    public static let title = Font(name: "title")
    public static let title2 = Font(name: "title2")
    public static let headline = Font(name: "headline")
    public static let body = Font(name: "body")
    public static let callout = Font(name: "callout")
    public static let footnote = Font(name: "footnote")
}

public enum TextAlignment: Sendable {
    case leading, center, trailing
}

public struct Edge {
    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public static let all = Self(rawValue: 15)
        public static let horizontal = Self(rawValue: 5)
        public static let vertical = Self(rawValue: 10)
        public init(rawValue: Int8) { self.rawValue = rawValue }
    }
}
