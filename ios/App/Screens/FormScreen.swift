import Basvuru
import SwiftUI

/// The application form: what the institution told, and what is missing. What is typed is kept without being asked.
struct FormScreen: View {
    let state: AppState
    let product: String
    let fields: [FormField]
    let send: @MainActor (Action) -> Void

    @State private var typed: [String: String]
    @Environment(\.scenePhase) private var phase

    init(state: AppState, product: String, fields: [FormField], send: @escaping @MainActor (Action) -> Void) {
        (self.state, self.product, self.fields, self.send) = (state, product, fields, send)
        _typed = State(initialValue: state.typed.form)
    }

    var body: some View {
        StepScreen(state: state) {
            Section { Text(product).bold() }
            ForEach(fields, id: \.name) { field in
                FieldSection(field: field, text: text(of: field), isDateOpen: state.typed.isOpen)
            }
        } bottom: {
            PrimaryButton(title: "approve", identifier: "approve") {
                send(.answer(.approveForm(values: values)))
            }
        }
        .onChange(of: phase) { _, phase in
            if phase != .active { keep() }
        }
        .task(id: typed) {
            // A second after the last key.
            guard !typed.isEmpty, (try? await Task.sleep(for: .seconds(1))) != nil else { return }
            keep()
        }
    }

    private func keep() {
        if !typed.isEmpty { send(.keep(values: values)) }
    }

    private var values: [String: String] {
        Dictionary(uniqueKeysWithValues: fields.filter { !$0.locked }.map { ($0.name, typed[$0.name] ?? $0.value) })
    }

    private func text(of field: FormField) -> Binding<String> {
        Binding {
            typed[field.name] ?? field.value
        } set: { text in
            typed[field.name] = text
        }
    }
}

/// A field, and below it what is wrong with it or what helps.
struct FieldSection: View {
    let field: FormField
    @Binding var text: String
    let isDateOpen: Bool
    @Environment(\.locale) private var locale

    var body: some View {
        Section {
            entry
                .disabled(field.locked)
                .accessibilityHint(fault ?? field.help ?? "")
                .accessibilityIdentifier(field.name)
            if case .date(let first, let last) = field.entry, !field.locked {
                DayPicker(label: field.label, text: $text, first: first, last: last, isOpen: isDateOpen)
            }
        } header: {
            Text(field.label).accessibilityHidden(true)
        } footer: {
            FaultView(fault: fault, help: field.help)
        }
    }

    /// What the core says of what is typed; of what is not yet typed, what it said last.
    private var fault: String? {
        if text == field.value, let fault = field.fault { return fault }
        return field.locked || text.isEmpty
            ? nil : checkField(field: field, value: text, language: Language(locale)).fault
    }

    @ViewBuilder private var entry: some View {
        switch field.entry {
        case .text:
            TextField(field.label, text: $text)
        case .lines:
            TextField(field.label, text: $text, axis: .vertical)
        case .mobile:
            TextField(field.label, text: $text).keyboardType(.phonePad).textContentType(.telephoneNumber)
        case .email:
            TextField(field.label, text: $text)
                .keyboardType(.emailAddress)
                .textContentType(.emailAddress)
                .textInputAutocapitalization(.never)
                .autocorrectionDisabled()
        case .date:
            TextField(field.label, text: $text).keyboardType(.numbersAndPunctuation)
        case .choice(let choices):
            Picker(field.label, selection: $text) {
                // Nothing is chosen for the person.
                Text("choose").tag("")
                ForEach(choices, id: \.value) { choice in
                    Text(choice.label).tag(choice.value)
                }
            }
        }
    }
}

/// A calendar beside a field that takes a day as text.
struct DayPicker: View {
    let label: String
    @Binding var text: String
    let first: String
    let last: String
    @State private var isOpen: Bool

    init(label: String, text: Binding<String>, first: String, last: String, isOpen: Bool) {
        (self.label, _text, self.first, self.last) = (label, text, first, last)
        _isOpen = State(initialValue: isOpen)
    }

    var body: some View {
        if let range {
            DisclosureGroup(isExpanded: $isOpen) {
                DatePicker(label, selection: day(in: range), in: range, displayedComponents: .date)
                    .datePickerStyle(.graphical)
                    .accessibilityIdentifier("calendar-days")
            } label: {
                Text("calendar")
            }
            .accessibilityIdentifier("calendar")
        }
    }

    private var range: ClosedRange<Date>? {
        guard let first = Self.day(first), let last = Self.day(last), first <= last else { return nil }
        return first...last
    }

    private func day(in range: ClosedRange<Date>) -> Binding<Date> {
        Binding {
            min(max(Self.day(text) ?? range.upperBound, range.lowerBound), range.upperBound)
        } set: { day in
            text = Self.shown.string(from: day)
        }
    }

    private static func day(_ text: String) -> Date? {
        told.date(from: text) ?? shown.date(from: text)
    }

    /// As the core tells a day, and as it is written in Turkey; both are taken by the core.
    private static let told = formatter("yyyy-MM-dd")
    private static let shown = formatter("dd.MM.yyyy")

    private static func formatter(_ format: String) -> DateFormatter {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = format
        return formatter
    }
}
