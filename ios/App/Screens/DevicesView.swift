import Basvuru
import SwiftUI

/// Where this person is signed in. Another device can be signed out from here, this one where the person signs out.
struct DevicesView: View {
    let devices: Devices
    let send: @MainActor (Action) -> Void

    /// The device about which the second question stands.
    @State private var asked: String?

    init(devices: Devices, send: @escaping @MainActor (Action) -> Void) {
        (self.devices, self.send) = (devices, send)
        _asked = State(initialValue: devices.asked)
    }

    var body: some View {
        Section { Text("devices-hint") }
        if let name = devices.signedOut {
            Label("device-signed-out \(name)", systemImage: "checkmark.circle").accessibilityIdentifier("signed-out")
        }
        ForEach(devices.list, id: \.id) { device in
            Section {
                Label(device.sentence, systemImage: device.current ? "iphone" : "laptopcomputer.and.iphone")
                    .accessibilityIdentifier("device-\(device.id)")
                if !device.current {
                    if asked == device.id {
                        Text("device-sure").accessibilityIdentifier("device-sure")
                        Button("device-sign-out", role: .destructive) {
                            asked = nil
                            send(.signOut(device: device.id))
                        }
                        .accessibilityIdentifier("sign-out-surely")
                        Button("cancel", role: .cancel) { asked = nil }.accessibilityIdentifier("cancel")
                    } else {
                        Button("device-sign-out", role: .destructive) { asked = device.id }
                            .accessibilityLabel("device-sign-out-said \(device.name)")
                            .accessibilityIdentifier("sign-out-\(device.id)")
                    }
                }
            }
        }
    }
}
