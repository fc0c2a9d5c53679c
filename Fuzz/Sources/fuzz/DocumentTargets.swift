import Credentials
import GateModel

extension FuzzTarget {
    static let documents = [
        FuzzTarget("credential", longestInput: 256) { input in
            guard let credential = try? Credential(input.text, today: today(input), rules: rules(input)) else { return }
            // What was accepted once is accepted in its one form, and means the same.
            let again = try? Credential(credential.canonical, today: nil, rules: rules(input))
            expect(again?.canonical == credential.canonical, "the canonical text of a credential names it")
        },
        FuzzTarget("document-number", longestInput: 128) { input in
            guard let number = try? DocumentNumber(input.text, today: today(input), rules: rules(input)) else { return }
            expect([15, 18].contains(number.canonical.utf8.count), "a number has 15 or 18 characters")
            let again = try? DocumentNumber(number.canonical, today: today(input), rules: rules(input))
            expect(again?.canonical == number.canonical, "the canonical text of a number names it")
        },
        FuzzTarget("travel-document", longestInput: 256) { input in
            let document = try? TravelDocument(mrz: input.text, today: today(input), rules: rules(input))
            guard let document else { return }
            expect(TravelDocument.isMachineReadableZone(input.text), "only a zone is a travel document")
            let again = try? TravelDocument(canonical: document.canonical, rules: rules(input))
            expect(again == document, "the canonical text of a document names it")
        },
    ]

    private static func rules(_ input: FuzzInput) -> DocumentNumber.Rules {
        DocumentNumber.Rules(acceptPlaceholders: input.choice & 1 == 0, allowLegacy: input.choice & 2 == 0)
    }

    private static func today(_ input: FuzzInput) -> CalendarDate? {
        switch input.choice >> 2 & 3 {
        case 0: nil
        case 1: CalendarDate(year: 2026, month: 2, day: 28)
        case 2: CalendarDate(year: 2000, month: 2, day: 29)
        // A clock that is wrong altogether.
        default: CalendarDate(WallTime(secondsSince1970: input.choice & 0x10 == 0 ? .min : .max))
        }
    }
}
