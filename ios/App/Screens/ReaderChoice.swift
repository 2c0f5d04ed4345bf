import Basvuru
import SwiftUI

/// Where the card is put: one of the readers there are, or why there is none.
struct ReaderChoice: View {
    let readers: [ReaderDescription]?
    let facts: PhoneFacts
    @Binding var chosen: String?

    var body: some View {
        if let readers, readers.isEmpty {
            VStack(alignment: .leading) {
                Label("no-reader", systemImage: "cable.connector").bold()
                if facts.drivesReaders {
                    Text("no-reader-plug")
                    Text("no-reader-power")
                    Text("no-reader-kind")
                } else {
                    Text("readers-not-driven")
                }
            }
            .accessibilityElement(children: .combine)
            .accessibilityIdentifier("no-reader")
        } else if let readers {
            Picker("reader", selection: $chosen) {
                ForEach(readers, id: \.id) { reader in
                    Text(reader.name).tag(String?.some(reader.id))
                }
            }
            .accessibilityIdentifier("reader")
        } else {
            ProgressView("looking-for-readers")
        }
    }
}

extension AppState {
    /// The reader with this name, or the first there is.
    func reader(_ id: String?) -> ReaderDescription? {
        readers?.first { $0.id == id } ?? readers?.first
    }
}

/// How a card is brought to a reader: a picture and a sentence.
struct CardPicture: View {
    let link: CardLink

    var body: some View {
        switch link {
        case .nfc: picture("card-on-phone", "hold-card")
        case .contact: picture("card-in-reader", "insert-card")
        }
    }

    private func picture(_ name: String, _ sentence: LocalizedStringKey) -> some View {
        VStack {
            Image(decorative: name).resizable().scaledToFit().frame(maxHeight: 200)
            Text(sentence).accessibilityIdentifier("how")
        }
        .frame(maxWidth: .infinity)
    }
}
