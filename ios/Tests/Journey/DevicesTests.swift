import Basvuru
import Foundation
@_spi(Script) import SwiftUI
import Testing

@testable import BasvuruApp

extension AppSuite {
    /// Devices that the portal knows. Android has the same.
    @MainActor
    struct DevicesTests {
        @Test("a device the portal knows is asked for no picture code")
        func known() async throws {
            let person = try await Person(.slot)
            try await person.walk(to: .orders)
            try await person.inviteAgain()
            // A new password ends what was begun with the one before, wherever it is noticed.
            try await person.choose("devices")
            try await person.settle()
            guard case .signIn(_, _, _, _, let captcha, let isNeeded) = person.screen else { throw person.elsewhere }
            #expect(!isNeeded && captcha == nil && !person.display.has("captcha"))
            let over = explain(failure: .SessionOver, language: .turkish)
            #expect(person.display.outline.contains(over.what), "\(person.display.outline)")
            for step in [Person.Step.signIn, .orders] { try await person.take(step) }
            guard case .fillForm = person.screen else { throw person.elsewhere }
            // Who has signed out is a stranger again.
            try await person.choose("leave")
            try await person.display.wait(for: "the picture") { person.captcha != nil }
            #expect(person.isCaptchaNeeded && person.display.has("captcha"))
        }

        @Test("another device is signed out after a second question, and this one is marked")
        func others() async throws {
            let first = try await Person(.slot)
            try await first.walk(to: .orders)
            let person = try await Person(.slot, insteadOf: first)
            person.become(first.applicant)
            try await person.walk(to: .orders)
            try await person.choose("devices")
            let list = try #require(person.devices?.list, "\(person.display.outline)")
            #expect(list.count == 2 && list.count(where: \.current) == 1)
            for device in list {
                #expect(device.name.contains(UIDevice.current.model), "what its owner knows it by")
                #expect(person.display.outline.contains(device.sentence))
            }
            let other = try #require(list.first { !$0.current })
            try await person.press("sign-out-\(other.id)")
            #expect(person.devices?.list.count == 2, "nobody is signed out before the second question")
            try await person.press("sign-out-surely")
            #expect(person.devices?.list.map(\.id) == list.filter(\.current).map(\.id))
            #expect(person.display.has("signed-out") && !person.display.has("sign-out-\(other.id)"))
            #expect(person.display.faults == [])
        }
    }
}

extension Person {
    fileprivate var devices: Devices? {
        if case .devices(let devices) = model?.state.aside { devices } else { nil }
    }
}
