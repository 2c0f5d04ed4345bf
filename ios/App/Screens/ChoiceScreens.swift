import Basvuru
import SwiftUI

/// The applications of the person, new ones and earlier ones.
struct OrdersScreen: View {
    let state: AppState
    let name: String
    let groups: [OrderGroup]
    let answer: @MainActor (Answer) -> Void

    var body: some View {
        StepScreen(state: state) {
            Section { Text(name).bold().accessibilityIdentifier("applicant") }
            if groups.allSatisfy(\.orders.isEmpty) { Text("no-orders").accessibilityIdentifier("no-orders") }
            ForEach(groups, id: \.name) { group in
                Section {
                    ForEach(group.orders, id: \.id) { order in OrderView(order: order, answer: answer) }
                } header: {
                    Text(group.name)
                }
            }
            Button("refresh", systemImage: "arrow.clockwise") { answer(.refreshOrders) }
                .accessibilityIdentifier("refresh")
        } bottom: {
            // Somebody with one application is asked nothing but whether to go on with it.
            if let order = only {
                PrimaryButton(title: "go-on", identifier: "go-on") { answer(.chooseOrder(order: order.id)) }
            }
        }
    }

    private var only: OrderSummary? {
        let orders = groups.flatMap(\.orders)
        return orders.count == 1 ? orders.first : nil
    }
}

/// An application, to go on with or to change.
struct OrderView: View {
    let order: OrderSummary
    let answer: @MainActor (Answer) -> Void

    var body: some View {
        Button {
            answer(.chooseOrder(order: order.id))
        } label: {
            VStack(alignment: .leading) {
                Text(order.productName)
                Text(verbatim: "\(order.institution) · \(order.phaseName)").font(.footnote)
            }
        }
        .accessibilityIdentifier("order-\(order.id)")
        if order.formChangeable {
            Button("change-form", systemImage: "pencil") { answer(.changeForm(order: order.id)) }
                .accessibilityIdentifier("change-\(order.id)")
        }
    }
}

/// The ways to sign this application; those that cannot be taken say why.
struct MethodsScreen: View {
    let state: AppState
    let methods: [MethodOffer]
    let answer: @MainActor (Answer) -> Void

    var body: some View {
        StepScreen(state: state) {
            Section {
                ForEach(methods, id: \.name) { offer in
                    Button {
                        answer(.chooseMethod(method: offer.method))
                    } label: {
                        VStack(alignment: .leading) {
                            Text(offer.name)
                            if let note = offer.note { Text(note).font(.footnote) }
                        }
                    }
                    .disabled(!offer.available)
                    .accessibilityIdentifier("method-\(offer.method)")
                }
            }
        } bottom: {
            // One that can be taken is the one thing to do.
            if let offer = only {
                PrimaryButton(title: "go-on", identifier: "go-on") { answer(.chooseMethod(method: offer.method)) }
            }
        }
    }

    private var only: MethodOffer? {
        let available = methods.filter(\.available)
        return available.count == 1 ? available.first : nil
    }
}
