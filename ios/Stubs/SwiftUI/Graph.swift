/// An element that assistive technology would meet, or a group of them.
@_spi(Script) @MainActor
public final class Node {
    public let role: String
    public internal(set) var label: String
    public internal(set) var value: String?
    public internal(set) var hint: String?
    public internal(set) var identifier: String?
    public internal(set) var traits: [String] = []
    public internal(set) var isEnabled = true
    public internal(set) var isHidden = false
    public internal(set) var children: [Node]
    var press: (@MainActor () -> Void)?
    var write: (@MainActor (String) -> Void)?
    /// What `tag(_:)` gave it.
    var tag: Any?
    var choices: [(label: String, choose: @MainActor () -> Void)] = []

    init(_ role: String, label: String = "", children: [Node] = []) {
        (self.role, self.label, self.children) = (role, label, children)
    }

    /// This element and all below it.
    public var all: [Node] { [self] + children.flatMap(\.all) }

    public func outline(_ depth: Int) -> String {
        let indent = String(repeating: "  ", count: depth)
        var line = indent + role
        if !label.isEmpty { line += " “\(label.replacing("\n", with: "⏎"))”" }
        if let value, !value.isEmpty { line += " = “\(value.replacing("\n", with: "⏎"))”" }
        if !choices.isEmpty { line += " of \(choices.map { "“\($0.label)”" }.joined(separator: ", "))" }
        if let identifier { line += " #\(identifier)" }
        var remarks = traits
        if !isEnabled { remarks.append("disabled") }
        if isHidden { remarks.append("hidden") }
        if let hint { remarks.append("hint “\(hint)”") }
        if !remarks.isEmpty { line += " (\(remarks.joined(separator: ", ")))" }
        return ([line] + children.map { $0.outline(depth + 1) }).joined(separator: "\n")
    }
}

/// Where a view is: what it sees, and who it is from one evaluation to the next.
@MainActor
struct Place {
    let graph: Graph
    var environment: EnvironmentValues
    private var path: Int

    init(graph: Graph, environment: EnvironmentValues) {
        (self.graph, self.environment, path) = (graph, environment, 0)
    }

    func identity(_ step: some Hashable) -> Int {
        var hasher = Hasher()
        hasher.combine(path)
        hasher.combine(AnyHashable(step))
        return hasher.finalize()
    }

    func draw<Content: View>(_ view: Content, at step: some Hashable) -> [Node] {
        var place = self
        place.path = identity(AnyHashable([AnyHashable(step), AnyHashable(ObjectIdentifier(Content.self))]))
        if let drawn = view as? any Drawn { return drawn.draw(place) }
        if let native = view as? any UIViewRepresentable { return native.native(place) }
        for (index, property) in Mirror(reflecting: view).children.enumerated() {
            (property.value as? any Bound)?.bind(to: place, index: index)
        }
        return place.draw(view.body, at: "body")
    }

    func text(_ key: LocalizedStringKey) -> String {
        graph.catalogue.text(key, locale: environment.locale, graph: graph)
    }
}

/// What is kept from one evaluation to the next. Everything is evaluated anew when something it was made of has changed, and
/// only then: what is not observed is not seen.
@MainActor
final class Graph {
    let catalogue: Catalogue
    private(set) var isDrawing = false
    private(set) var faults: [String] = []
    private var cells: [Int: AnyObject] = [:]
    private var used: Set<Int> = []
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var ids: [Int: AnyHashable] = [:]
    private var started: [(Int, AnyHashable, @MainActor () -> Task<Void, Never>)] = []
    private var appeared: [@MainActor () -> Void] = []
    private var nodes: [Node]?
    private var presented: [Node] = []
    private var disappearances: [Int: @MainActor () -> Void] = [:]
    var openURL: (@MainActor (URL) -> Void)?

    init(catalogue: Catalogue) {
        self.catalogue = catalogue
    }

    func expect(_ condition: Bool, _ fault: @autoclosure () -> String) {
        if !condition { faults.append(fault()) }
    }

    func invalidate() {
        nodes = nil
    }

    func cell<Object: AnyObject>(at place: Int, make: () -> Object) -> Object {
        used.insert(place)
        if let kept = cells[place] as? Object { return kept }
        let made = make()
        cells[place] = made
        return made
    }

    /// A task that runs as long as its view is there and its id is the same.
    func task(at place: Int, id: AnyHashable, start: @escaping @MainActor () -> Task<Void, Never>) {
        used.insert(place)
        started.append((place, id, start))
    }

    /// Shows something over everything there is: only the last such thing can be reached.
    func present(_ node: Node, children: () -> [Node]) {
        presented.append(node)
        node.children = children()
    }

    func disappearance(at place: Int, _ action: @escaping @MainActor () -> Void) {
        used.insert(place)
        disappearances[place] = action
    }

    func afterwards(_ work: @escaping @MainActor () -> Void) {
        appeared.append(work)
    }

    func draw(_ root: any View, in environment: EnvironmentValues) -> [Node] {
        for _ in 0..<20 {
            if let nodes { return nodes }
            (used, started, appeared, presented, isDrawing) = ([], [], [], [], true)
            let drawn = withObservationTracking {
                Place(graph: self, environment: environment).draw(root, at: 0)
            } onChange: { [weak self] in
                // Called before the change: what is drawn after it must be new.
                MainActor.assumeIsolated { self?.invalidate() }
            }
            for node in (drawn + presented.dropLast()).flatMap(\.all) where !presented.isEmpty { node.isHidden = true }
            nodes = drawn + presented
            isDrawing = false
            settle()
        }
        faults.append("the views change themselves for ever")
        return nodes ?? []
    }

    private func settle() {
        for (place, task) in tasks where !used.contains(place) {
            task.cancel()
            tasks[place] = nil
            ids[place] = nil
        }
        for (place, action) in disappearances where !used.contains(place) {
            disappearances[place] = nil
            action()
        }
        cells = cells.filter { used.contains($0.key) }
        for (place, id, start) in started where ids[place] != id {
            tasks[place]?.cancel()
            ids[place] = id
            tasks[place] = start()
        }
        for work in appeared { work() }
    }

    deinit {
        for task in tasks.values { task.cancel() }
    }
}
