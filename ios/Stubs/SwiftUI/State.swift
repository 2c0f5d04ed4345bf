public protocol DynamicProperty {}

/// A property that is bound to a place before `body` is asked.
@MainActor
protocol Bound {
    func bind(to place: Place, index: Int)
}

@propertyWrapper @dynamicMemberLookup
public struct Binding<Value> {
    let get: @MainActor () -> Value
    let set: @MainActor (Value) -> Void

    @preconcurrency
    public init(get: @escaping @MainActor @Sendable () -> Value, set: @escaping @MainActor @Sendable (Value) -> Void) {
        (self.get, self.set) = (get, set)
    }

    init(_ get: @escaping @MainActor () -> Value, _ set: @escaping @MainActor (Value) -> Void) {
        (self.get, self.set) = (get, set)
    }

    @MainActor public var wrappedValue: Value {
        get { get() }
        nonmutating set { set(newValue) }
    }
    public var projectedValue: Self { self }

    @MainActor public static func constant(_ value: Value) -> Self {
        Self({ value }, { _ in })
    }

    @MainActor public subscript<Part>(dynamicMember path: WritableKeyPath<Value, Part>) -> Binding<Part> {
        Binding<Part>({ self.wrappedValue[keyPath: path] }, { self.wrappedValue[keyPath: path] = $0 })
    }
}

extension Binding: DynamicProperty {}

/// Where the value of a `State` lives as long as its view is at its place.
@MainActor
final class Cell<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}

@propertyWrapper
public struct State<Value>: DynamicProperty, Bound {
    @MainActor
    final class Box {
        var cell: Cell<Value>?
        weak var graph: Graph?
        nonisolated init() {}
    }

    private let initial: Value
    private let box = Box()

    public init(wrappedValue: Value) {
        initial = wrappedValue
    }

    public init(initialValue: Value) {
        initial = initialValue
    }

    @MainActor public var wrappedValue: Value {
        get { box.cell?.value ?? initial }
        nonmutating set {
            guard let cell = box.cell else { preconditionFailure("a State was changed before its view was shown") }
            cell.value = newValue
            box.graph?.expect(box.graph?.isDrawing == false, "a State was changed while a body was evaluated")
            box.graph?.invalidate()
        }
    }

    @MainActor public var projectedValue: Binding<Value> {
        Binding({ wrappedValue }, { wrappedValue = $0 })
    }

    func bind(to place: Place, index: Int) {
        box.cell = place.graph.cell(at: place.identity(index)) { Cell(initial) }
        box.graph = place.graph
    }
}

@propertyWrapper
public struct FocusState<Value: Hashable>: DynamicProperty, Bound {
    @propertyWrapper
    public struct Binding {
        let state: State<Value>
        @MainActor public var wrappedValue: Value {
            get { state.wrappedValue }
            nonmutating set { state.wrappedValue = newValue }
        }
        public var projectedValue: Self { self }
    }

    private let state: State<Value>

    public init() where Value == Bool {
        state = State(wrappedValue: false)
    }

    public init<Field: Hashable>() where Value == Field? {
        state = State(wrappedValue: nil)
    }

    @MainActor public var wrappedValue: Value {
        get { state.wrappedValue }
        nonmutating set { state.wrappedValue = newValue }
    }
    public var projectedValue: Binding { Binding(state: state) }
    func bind(to place: Place, index: Int) { state.bind(to: place, index: index) }
}

@propertyWrapper @dynamicMemberLookup
public struct Bindable<Value> {
    public var wrappedValue: Value

    public init(wrappedValue: Value) where Value: AnyObject & Observable {
        self.wrappedValue = wrappedValue
    }

    public init(_ wrappedValue: Value) where Value: AnyObject & Observable {
        self.wrappedValue = wrappedValue
    }

    public var projectedValue: Self { self }

    @MainActor public subscript<Part>(dynamicMember path: ReferenceWritableKeyPath<Value, Part>) -> Binding<Part>
    where Value: AnyObject {
        let object = wrappedValue
        return Binding<Part>({ object[keyPath: path] }, { object[keyPath: path] = $0 })
    }
}

extension Bindable: DynamicProperty {}

@propertyWrapper
public struct Environment<Value>: DynamicProperty, Bound {
    @MainActor
    final class Box {
        var value: Value?
        nonisolated init() {}
    }

    private let path: KeyPath<EnvironmentValues, Value>?
    private let box = Box()

    public init(_ path: KeyPath<EnvironmentValues, Value>) {
        self.path = path
    }

    public init(_ type: Value.Type) where Value: AnyObject & Observable {
        path = nil
    }

    @MainActor public var wrappedValue: Value {
        guard let value = box.value else { preconditionFailure("no \(Value.self) in the environment") }
        return value
    }

    func bind(to place: Place, index: Int) {
        box.value =
            path.map { place.environment[keyPath: $0] } ?? place.environment.objects[ObjectIdentifier(Value.self)]
            as? Value
    }
}

public enum ColorScheme: Sendable {
    case light, dark
}

public enum ScenePhase: Sendable {
    case background, inactive, active
}

@MainActor
public struct OpenURLAction {
    let open: (URL) -> Void
    @_spi(Script) public init(_ open: @escaping (URL) -> Void) { self.open = open }
    public func callAsFunction(_ url: URL) { open(url) }
}

@MainActor @preconcurrency
public struct EnvironmentValues {
    public var locale = Locale(identifier: "tr")
    public var isEnabled = true
    public var scenePhase = ScenePhase.active
    public var colorScheme = ColorScheme.light
    public var openURL = OpenURLAction { _ in }
    public var accessibilityVoiceOverEnabled = false
    var objects: [ObjectIdentifier: AnyObject] = [:]
    init() {}
}

extension View {
    public func environment<Value>(_ path: WritableKeyPath<EnvironmentValues, Value>, _ value: Value) -> some View {
        within { $0[keyPath: path] = value }
    }

    public func environment<Object: AnyObject & Observable>(_ object: Object?) -> some View {
        within { $0.objects[ObjectIdentifier(Object.self)] = object }
    }
}
