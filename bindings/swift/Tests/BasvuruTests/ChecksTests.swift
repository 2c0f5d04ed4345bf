import Basvuru
import Foundation
import Testing

extension Seam {
    /// Checks while something is typed.
    struct ChecksTests {
        @Test("an identity number is incomplete, acceptable or refused with a sentence")
        func identityNumber() throws {
            try judges("1000000014", "100 000 001 46", "10000000147") { checkIdentityNumber(text: $0, language: $1) }
        }

        @Test("a passport number is incomplete, acceptable or refused with a sentence")
        func passportNumber() throws {
            try judges("U12", "u 12 345 678", "U1234567890") { checkPassportNumber(text: $0, language: $1) }
        }

        @Test("a code is incomplete, acceptable or refused with a sentence")
        func code() throws {
            try judges("12345", "123 456", "1234567") { text, language in
                checkCode(code: try Password(utf8: Data(text.utf8)), length: 6, language: language)
            }
        }

        @Test("a field's value is incomplete, acceptable or refused with a sentence")
        func fieldValue() throws {
            let field = FormField(
                name: "birth_date", label: "Doğum tarihi", help: nil,
                entry: .date(first: "1900-01-01", last: "2026-11-25"), required: true, locked: false, value: "",
                fault: nil)
            try judges("7.3.", "7.3.1985", "7.3.1790") { checkField(field: field, value: $0, language: $1) }
        }

        @Test("a new PIN is incomplete, acceptable or refused with a sentence")
        func newPin() throws {
            let rules = PinRules(minLength: 6, maxLength: 8, numeric: true)
            try judges("12345", "486213", "123456") { digits, language in
                checkNewPin(pin: Pin(digits: Data(digits.utf8)), rules: rules, language: language)
            }
        }

        private func judges(
            _ begun: String, _ right: String, _ wrong: String, check: (String, Language) throws -> Check
        ) throws {
            var sentences: [String] = []
            for language in [Language.turkish, .english] {
                #expect(try check(begun, language) == .incomplete)
                #expect(try check(right, language) == .acceptable)
                guard case .refused(let sentence) = try check(wrong, language) else {
                    Issue.record("\(wrong) was not refused")
                    return
                }
                sentences.append(sentence)
            }
            #expect(Set(sentences).count == 2)
            #expect(sentences.allSatisfy { $0.hasSuffix(".") })
        }
    }
}
