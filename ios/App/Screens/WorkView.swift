import Basvuru
import SwiftUI

extension View {
    /// Shows over a screen what is under way: a card's stages large, anything else quietly.
    func underWork(_ state: AppState, isHere: Bool, stop: @escaping @MainActor () -> Void) -> some View {
        let activity = isHere && state.isBusy ? state.activity : nil
        return accessibilityHidden(activity?.stage.picture != nil)
            .overlay {
                if let activity, let picture = activity.stage.picture {
                    StageView(activity: activity, picture: picture, isLong: state.wait == .long, stop: stop)
                }
            }
            .overlay(alignment: .bottom) {
                if isHere, activity?.stage.picture == nil { WaitView(wait: state.wait, sentence: activity?.sentence) }
            }
    }
}

extension WorkStage {
    /// What a card's stage looks like; nil for what has nothing to do with the card.
    var picture: String? {
        switch self {
        case .awaitingCard: "card-waiting"
        case .readingCard, .verifyingPin, .signing: "card-working"
        case .cardDone: "card-done"
        case .askingPortal, .fetchingDocument, .timestamping, .submitting: nil
        }
    }
}

/// What the card is doing: large, for somebody who holds it in one hand.
struct StageView: View {
    let activity: Activity
    let picture: String
    let isLong: Bool
    let stop: @MainActor () -> Void

    var body: some View {
        VStack(spacing: 24) {
            Image(decorative: picture).resizable().scaledToFit().frame(maxWidth: 280, maxHeight: 280)
            Text(activity.sentence)
                .font(.title2)
                .multilineTextAlignment(.center)
                .accessibilityAddTraits(.updatesFrequently)
                .accessibilityIdentifier("activity")
            if isLong { Text("takes-long") }
            if activity.stage == .awaitingCard {
                Button("stop", role: .cancel, action: stop).controlSize(.large).accessibilityIdentifier("stop")
            }
        }
        .padding()
        .frame(maxWidth: .infinity, maxHeight: .infinity)
        .background(.background)
    }
}

/// That something is under way, once it is worth a word.
struct WaitView: View {
    let wait: Wait
    let sentence: String?

    var body: some View {
        if wait == .noticeable || wait == .long {
            VStack {
                if let sentence { ProgressView(sentence) } else { ProgressView("please-wait") }
                if wait == .long { Text("takes-long").font(.footnote) }
            }
            .padding()
            .frame(maxWidth: .infinity)
            .background(.bar)
            .accessibilityElement(children: .combine)
            .accessibilityIdentifier("activity")
        }
    }
}
