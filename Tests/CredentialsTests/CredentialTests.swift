import Credentials
import GateModel
import TestSupport
import Testing

struct CredentialTests {
    static func read(
        _ text: String, on day: CalendarDate? = today, rules: DocumentNumber.Rules = placeholders
    ) -> Result<Credential, UnreadableReason> {
        Result { () throws(UnreadableReason) in try Credential(text, today: day, rules: rules) }
    }

    @Test func `a document number is read as one, and its text is its own`() throws {
        for (text, _) in DocumentNumberTests.all {
            let credential = try Self.read(" " + text.lowercased()).get()
            #expect(credential == .document(try parse(text).get()))
            #expect(credential.canonical == text)
            #expect(Self.read(text, rules: .init()).reason == .impossibleDocument)
        }
        #expect(Self.read("000000190001010018").reason == .wrongCheckDigit)
        #expect(Self.read("000000000101001").reason == .expiredDocument)
    }

    @Test func `a travel document is read from its zone and from its text`() throws {
        for (lines, canonical) in TravelDocumentTests.specimens {
            let credential = try Self.read(lines.joined(separator: "\r\n"), on: nil).get()
            #expect(credential.canonical == canonical)
            #expect(try Self.read(canonical.lowercased()).get() == credential)
            #expect(Self.read(canonical, rules: .init()).reason == .impossibleDocument)
        }
        let specimen = TravelDocumentTests.specimens[0].lines.joined()
        #expect(Self.read(specimen).reason == .expiredDocument)
        let valid = TravelDocumentTests.passport()
        #expect(try Self.read(valid).get() == Self.read("MRZ/UTO/L898902C3").get())
        #expect(Self.read(String(valid.dropLast()) + "X").reason == .wrongCheckDigit)
        #expect(TravelDocument.isMachineReadableZone(valid))
        #expect(!TravelDocument.isMachineReadableZone("000000190001010017"))
    }

    @Test func `a card is read from its text`() throws {
        let card = try CardNumber(bits: 24, value: 0x7BB26E)
        #expect(try Self.read("card / 24 / 7bb26e").get() == .card(card))
        #expect(Self.read("CARD/24/1000000").reason == .impossibleDocument)
    }

    @Test(arguments: [
        "", "MRZ/UTO", "CARD/24", "7BB26E", "CARD-24-7BB26E", "HTTPS://EXAMPLE.ORG",
        String(repeating: " ", count: 10_000),
        String(repeating: "<", count: 90),
    ])
    func `other texts are nobody's`(text: String) {
        #expect(Self.read(text).reason == .notADocument)
    }

    // Computed with Python's hmac; a list made today must be readable for ever, so these never change.
    @Test func `tokens are made from the canonical text`() throws {
        let key = try DeploymentKey(hex: DeploymentKeyTests.hex, epoch: 1)
        #expect(key.subjectToken(of: try Self.read("MRZ/UTO/L898902C3").get()).description == "251825f17f8b43bf")
        #expect(key.subjectToken(of: try Self.read("CARD/24/7BB26E").get()).description == "f5dc055361d2fc10")
        #expect(key.subjectToken(of: try Self.read("000000190001010017").get()).description == "57d055fb2cde03a3")
    }

    @Test func `a credential does not print itself`() throws {
        for (text, secret) in [
            ("000000190001010017", "19000101"), ("MRZ/UTO/L898902C3", "L8989"), ("CARD/24/7BB26E", "7BB26E"),
        ] {
            let credential = try Self.read(text).get()
            #expect(!"\(credential) \(String(reflecting: credential))".contains(secret))
        }
    }
}
