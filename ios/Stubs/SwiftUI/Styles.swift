// What changes looks, keyboards and gestures only: it has no place in an outline.

extension View {
    public func focused(_ condition: FocusState<Bool>.Binding) -> some View { unchanged() }
    public func focused<Field: Hashable>(_ binding: FocusState<Field>.Binding, equals value: Field) -> some View {
        unchanged()
    }
    public func textInputAutocapitalization(_ kind: TextInputAutocapitalization?) -> some View { unchanged() }
    public func autocorrectionDisabled(_ disable: Bool = true) -> some View { unchanged() }
    public func submitLabel(_ label: SubmitLabel) -> some View { unchanged() }
    public func privacySensitive(_ sensitive: Bool = true) -> some View { unchanged() }
    public func font(_ font: Font?) -> some View { unchanged() }
    public func foregroundStyle<Style: ShapeStyle>(_ style: Style) -> some View { unchanged() }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { unchanged() }
    public func buttonStyle<Style: PrimitiveButtonStyle>(_ style: Style) -> some View { unchanged() }
    public func controlSize(_ size: ControlSize) -> some View { unchanged() }
    public func padding(_ edges: Edge.Set = .all, _ length: CGFloat? = nil) -> some View { unchanged() }
    public func frame(
        minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil, maxHeight: CGFloat? = nil
    ) -> some View {
        unchanged()
    }
    public func background<Style: ShapeStyle>(_ style: Style) -> some View { unchanged() }
    public func ignoresSafeArea() -> some View { unchanged() }
    public func bold(_ isActive: Bool = true) -> some View { unchanged() }
    public func monospacedDigit() -> some View { unchanged() }
    public func labelStyle<Style: LabelStyle>(_ style: Style) -> some View { unchanged() }
    public func pickerStyle<Style: PickerStyle>(_ style: Style) -> some View { unchanged() }
    public func datePickerStyle<Style: DatePickerStyle>(_ style: Style) -> some View { unchanged() }
    public func scrollDismissesKeyboard(_ mode: ScrollDismissesKeyboardMode) -> some View { unchanged() }
    public func interactiveDismissDisabled(_ isDisabled: Bool = true) -> some View { unchanged() }
    public func navigationBarTitleDisplayMode(_ mode: NavigationBarItem.TitleDisplayMode) -> some View { unchanged() }
    public func gridCellUnsizedAxes(_ axes: Axis.Set) -> some View { unchanged() }
    public func keyboardShortcut(_ shortcut: KeyboardShortcut) -> some View { unchanged() }
    public func keyboardShortcut(_ key: KeyEquivalent, modifiers: EventModifiers = .command) -> some View {
        unchanged()
    }
    public func previewDisplayName(_ value: String?) -> some View { unchanged() }
    public func textSelection(_ selectability: EnabledTextSelectability) -> some View { unchanged() }
}

public enum VerticalEdge: Sendable {
    case top, bottom
}

public struct TextInputAutocapitalization: Sendable {
    public static var never: Self { Self() }
    public static var characters: Self { Self() }
}

public struct SubmitLabel: Sendable {
    public static var next: Self { Self() }
    public static var go: Self { Self() }
}

public enum ControlSize: Sendable {
    case small, regular, large
}

public struct EnabledTextSelectability: Sendable {
    public static var enabled: Self { Self() }
}

extension EnabledTextSelectability {
    var isEnabled: Bool { true }
}

@MainActor @preconcurrency public protocol PrimitiveButtonStyle {}
public struct BorderedProminentButtonStyle: PrimitiveButtonStyle {}
public struct BorderedButtonStyle: PrimitiveButtonStyle {}

extension PrimitiveButtonStyle where Self == BorderedProminentButtonStyle {
    public static var borderedProminent: Self { Self() }
}

extension PrimitiveButtonStyle where Self == BorderedButtonStyle {
    public static var bordered: Self { Self() }
}

@MainActor @preconcurrency public protocol LabelStyle {}
public struct IconOnlyLabelStyle: LabelStyle {}

extension LabelStyle where Self == IconOnlyLabelStyle {
    public static var iconOnly: Self { Self() }
}

@MainActor @preconcurrency public protocol PickerStyle {}
public struct SegmentedPickerStyle: PickerStyle {}
public struct InlinePickerStyle: PickerStyle {}

extension PickerStyle where Self == SegmentedPickerStyle {
    public static var segmented: Self { Self() }
}

extension PickerStyle where Self == InlinePickerStyle {
    public static var inline: Self { Self() }
}

@MainActor @preconcurrency public protocol DatePickerStyle {}
public struct GraphicalDatePickerStyle: DatePickerStyle {}

extension DatePickerStyle where Self == GraphicalDatePickerStyle {
    public static var graphical: Self { Self() }
}

public struct ScrollDismissesKeyboardMode: Sendable {
    public static var interactively: Self { Self() }
}

public enum NavigationBarItem {
    public enum TitleDisplayMode: Sendable {
        case automatic, inline, large
    }
}

public struct KeyEquivalent: Sendable {
    let character: Character
    public init(_ character: Character) { self.character = character }
    public static let delete = Self("\u{8}")
}

public struct EventModifiers: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let command = Self(rawValue: 16)
}

public struct KeyboardShortcut: Sendable {
    public static let defaultAction = Self()
}

@MainActor @preconcurrency public protocol PreviewProvider {
    associatedtype Previews: View
    @ViewBuilder static var previews: Previews { get }
}
