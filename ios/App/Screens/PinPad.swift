import SwiftUI

/// Digits to press: no keyboard of others sees them, and none is read aloud. With a keyboard attached they are typed.
struct PinPad: View {
    let label: LocalizedStringKey
    let entry: PinEntry

    var body: some View {
        Text(verbatim: entry.count == 0 ? " " : String(repeating: "•", count: entry.count))
            .font(.title)
            .frame(maxWidth: .infinity)
            .privacySensitive()
            .accessibilityLabel(label)
            .accessibilityValue("digits \(entry.count)")
            .accessibilityIdentifier("pin")
        Grid(horizontalSpacing: 8, verticalSpacing: 8) {
            ForEach([[1, 2, 3], [4, 5, 6], [7, 8, 9]] as [[UInt8]], id: \.first) { row in
                GridRow { ForEach(row, id: \.self, content: key) }
            }
            GridRow {
                Color.clear.gridCellUnsizedAxes(.vertical).accessibilityHidden(true)
                key(0)
                Button(action: entry.removeLast) {
                    Image(systemName: "delete.left").frame(maxWidth: .infinity, minHeight: 64)
                }
                .keyboardShortcut(.delete, modifiers: [])
                .accessibilityLabel("delete")
                .accessibilityIdentifier("delete")
            }
        }
        .buttonStyle(.bordered)
    }

    private func key(_ digit: UInt8) -> some View {
        Button {
            entry.append(digit)
        } label: {
            Text(verbatim: "\(digit)").font(.title).frame(maxWidth: .infinity, minHeight: 64)
        }
        .keyboardShortcut(KeyEquivalent(Character("\(digit)")), modifiers: [])
        .accessibilityIdentifier("digit-\(digit)")
    }
}
