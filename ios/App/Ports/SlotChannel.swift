import Basvuru
import CryptoTokenKit

/// A card in a reader, ours alone until it is closed.
///
/// `@unchecked Sendable`: a `TKSmartCard` may be called from any thread, one call at a time, which is how the core calls.
final class SlotChannel: CardChannel, @unchecked Sendable {
    private let card: TKSmartCard

    init(card: TKSmartCard) {
        self.card = card
        // Reset before and after us: no other app meets our PIN's state, nor we another's.
        card.isSensitive = true
    }

    /// Begins the session. It begins when every other app has ended its own, so not before long, or never.
    func open(within time: Duration) async throws {
        let (turn, card) = (Turn<Void>(), Lent(value: card))
        let late = Task {
            try await Task.sleep(for: time)
            turn.end(.failure(LinkFailure.Busy))
        }
        defer { late.cancel() }
        try await turn.wait {
            card.value.beginSession { @Sendable isOurs, error in
                let isWanted = turn.end(isOurs ? .success(()) : .failure(Self.failure(of: error, delivery: .notSent)))
                // It came when nobody waited for it any more.
                if isOurs && !isWanted { card.value.endSession() }
            }
        } onCancel: {
            turn.end(.failure(.CancelledByPerson(delivery: .notSent)))
        }
    }

    func info() async throws -> ChannelInfo {
        guard let atr = card.slot.atr else { throw LinkFailure.CardLost(delivery: .notSent) }
        return ChannelInfo(
            link: .contact,
            atr: atr.bytes,
            historicalBytes: atr.historicalBytes,
            maxCommandLength: UInt32(clamping: card.slot.maxInputLength),
            maxResponseLength: UInt32(clamping: card.slot.maxOutputLength),
            extendedLength: card.slot.maxInputLength > 261
        )
    }

    func transmit(command: Data) async throws -> Data {
        guard card.isValid else { throw LinkFailure.CardLost(delivery: .notSent) }
        let turn = Turn<Data>()
        return try await turn.wait {
            card.transmit(command) { @Sendable response, error in
                turn.end(response.map { .success($0) } ?? .failure(Self.failure(of: error, delivery: .unknown)))
            }
        }
    }

    /// What is done is told on the app's own screen: there is no sheet.
    func tell(stage: CardStage, sentence: String) async throws {}

    func close(outcome: CardOutcome) async throws {
        card.endSession()
    }

    private static func failure(of error: (any Error)?, delivery: Delivery) -> LinkFailure {
        switch (error as? TKError)?.code {
        case .objectNotFound, .tokenNotFound: .NoCard
        case .badParameter, .corruptedData: .Malformed(delivery: delivery)
        default: .CardLost(delivery: delivery)
        }
    }
}

/// CryptoTokenKit's object on its way into a closure that runs on another thread.
private struct Lent<Value>: @unchecked Sendable {
    let value: Value
}
