import Basvuru
import Foundation
import Testing

extension Seam {
    /// What an app is built from: links, the names of applications on cards, its language.
    struct InvitationTests {
        private static let portals = ["https://basvuru.example"]

        @Test("an invitation's link says where and what for")
        func link() throws {
            let back = "https%3A%2F%2Fbasvuru.example%2F"
            let link = "https://basvuru.example/apply?identity=passport&order=2026-K7MP4XQR&return=\(back)"
            let invitation = try readLink(link: link, portals: Self.portals)
            let expected = Invitation(
                portal: Self.portals[0],
                identityKind: .passport,
                order: "2026-K7MP4XQR",
                returnTo: "https://basvuru.example/"
            )
            #expect(invitation == expected)
        }

        @Test("no other link is taken for an invitation, and no other portal is opened")
        func otherLinks() {
            for link in ["", "basvuru://apply", "https://basvuru.example/", "https://user@basvuru.example/apply"] {
                #expect(throws: Failure.LinkInvalid) { try readLink(link: link, portals: Self.portals) }
            }
            let stranger = "https://basvuru.example.evil.example/apply"
            #expect(throws: Failure.PortalNotOurs) { try readLink(link: stranger, portals: Self.portals) }
        }

        @Test("the names that are selected on cards are hexadecimal and PKCS 15 is among them")
        func names() {
            let names = cardApplications()
            #expect(names.allSatisfy { $0.wholeMatch(of: /([0-9A-F]{2}){5,16}/) != nil })
            #expect(names.contains("A000000063504B43532D3135"))
        }

        @Test("the order of the link is entered by itself")
        func order() async throws {
            let phone = try await Phone(order: true)
            guard case .signIn(_, let host, _, _, _, _) = try phone.screen() else { throw Phone.Unexpected() }
            #expect(try World.shared().portal.contains(host))
            try await phone.answer(phone.answer(to: phone.screen()))
            let step = try await phone.answer(phone.answer(to: phone.screen()))
            #expect(step.screen.form != nil)
        }

        @Test("the picture code is spoken when it is asked for")
        func spoken() async throws {
            let phone = try await Phone()
            #expect(try await phone.answer(.requestCaptcha).screen.captcha?.sound == nil)
            let sound = try await phone.answer(.requestSpokenCaptcha).screen.captcha?.sound
            #expect(try #require(sound).prefix(4) == Data("RIFF".utf8))
        }

        @Test("the language changes without opening again, and every step says where it is")
        func language() async throws {
            let phone = try await Phone()
            _ = try await phone.walk(to: \.form)
            let turkish = try phone.application().step()
            try phone.application().setLanguage(language: .english)
            let english = try phone.application().step()
            #expect(turkish.title != english.title)
            #expect(english.place?.number == 2)
            #expect(english.place?.count == 7)
            #expect(english.support != nil)
            let privacy = try #require(english.privacy)
            #expect((privacy.title + privacy.text).contains("6698"))
        }
    }
}
