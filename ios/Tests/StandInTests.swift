import Foundation
import Observation
@_spi(Script) import SwiftUI
import Testing

/// The stand-in for SwiftUI is strict where Apple's is silent; what it lets pass, no test of the app would find.
@MainActor
struct StandInTests {
    @Test("a sentence that the catalogue lacks is a fault")
    func sentence() throws {
        #expect(try faults(Text("cancel")) == [])
        #expect(try faults(Text("no-such-sentence")) == ["the catalogue has no “no-such-sentence” in tr"])
    }

    @Test("a modifier on nothing, or on several elements, is a fault")
    func modifier() throws {
        let none = EmptyView().accessibilityIdentifier("name")
        #expect(try faults(none) == ["accessibilityIdentifier on 0 elements: []"])
        let two = Group {
            Text(verbatim: "a")
            Text(verbatim: "b")
        }
        #expect(try faults(two.accessibilityLabel("cancel")).count == 1)
    }

    @Test("a choice that cannot be made is a fault")
    func choice() throws {
        let picker = Picker("choose", selection: .constant(String?.none)) { Text(verbatim: "a").tag("a") }
        #expect(try faults(picker).count == 1)
        let right = Picker("choose", selection: .constant(String?.none)) { Text(verbatim: "a").tag(String?.some("a")) }
        #expect(try faults(right) == [])
    }

    @Test("one name for two things is a fault")
    func twice() throws {
        #expect(try faults(ForEach(["a", "a"], id: \.self) { Text(verbatim: $0) }) == ["ForEach has an id twice"])
    }

    @Test("a state that is changed while it is drawn is a fault")
    func drawing() throws {
        #expect(try faults(Changing()).contains("a State was changed while a body was evaluated"))
    }

    @Test("what is not observed is not seen to change")
    func observation() throws {
        for (counter, shown) in [(Observed(), "1"), (Unobserved(), "0")] as [(any Counter, String)] {
            let display = Display(Counting(counter: counter), catalogue: try Files.catalogue(), language: "tr")
            #expect(display.has("0"))
            counter.count = 1
            #expect(display.has(shown))
        }
    }

    private func faults(_ view: some View) throws -> [String] {
        Array(Set(Display(view, catalogue: try Files.catalogue(), language: "tr").faults))
    }
}

private struct Changing: View {
    @State private var count = 0
    var body: some View {
        if count == 0 { count = 1 }
        return Text(verbatim: "\(count)")
    }
}

@MainActor
private protocol Counter: AnyObject {
    var count: Int { get set }
}

@Observable
private final class Observed: Counter {
    var count = 0
}

private final class Unobserved: Counter {
    var count = 0
}

private struct Counting: View {
    let counter: any Counter
    var body: some View { Text(verbatim: "\(counter.count)") }
}
