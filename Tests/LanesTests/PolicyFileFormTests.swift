import GateModel
import Lanes
import Testing

/// What a site may write in its policy file.
@Suite struct PolicyFileFormTests {
    @Test(arguments: [
        "admit", "admit, advise", "admit, report", "refer", "refer, report", "retry", "retry, refer after 1",
        "retry, refer after 3", "retry, refer after 99",
    ])
    func `a cell is read and written in the same words`(text: String) throws {
        #expect(try PolicyCell(parsing: text).description == text)
    }

    @Test(arguments: [
        "", "deny", "Admit", "admit,report", "admit, report ", "report", "refer, advise", "retry, refer after",
        "admit, retry",
        "retry, refer after 0", "retry, refer after 100", "retry, refer after -1", "retry, refer after +3",
        "retry, refer after 03", "retry, refer after 99999999999999999999", "retry, refer after three",
    ])
    func `any other cell is refused with the words that may be written`(text: String) {
        let error = #expect(throws: PolicyError.self) { try PolicyCell(parsing: text) }
        #expect(error == .unknownCell(text))
        #expect(error?.description.contains("admit | admit, advise") == true)
    }

    @Test func `the standard table is a table that may be written`() throws {
        #expect(try PolicyTable(rows: PolicyTable.standard.rows) == .standard)
    }

    @Test func `rows that are missing, repeated, moved or foreign are refused`() {
        let rows = PolicyTable.standard.rows
        var moved = rows
        moved.swapAt(3, 4)
        var foreign = rows
        foreign[9].policyCase = .ledgerStalled
        let refused: [([PolicyRow], PolicyError)] = [
            ([], .wrongRow(position: 1, found: nil, expected: .noMandate)),
            (rows.dropLast(), .wrongRow(position: 10, found: nil, expected: .clear)),
            (rows + [rows[9]], .extraRow(.clear)),
            (moved, .wrongRow(position: 4, found: .exposureHigh, expected: .isolation)),
            (foreign, .wrongRow(position: 10, found: .ledgerStalled, expected: .clear)),
        ]
        for (rows, wanted) in refused {
            #expect(throws: wanted) { try PolicyTable(rows: rows) }
            #expect(wanted.description.contains("no-mandate, unreadable, fever, isolation"))
        }
    }

    @Test func `principle 1: a table that holds anybody back at an exit is refused`() {
        for index in PolicyTable.standard.rows.indices {
            for cell: PolicyCell in [.refer, .referAndReport, .retryThenRefer(after: 3), .admitAndAdvise] {
                var rows = PolicyTable.standard.rows
                rows[index].exit = cell
                #expect(throws: PolicyError.self, "\(rows[index])") { try PolicyTable(rows: rows) }
            }
        }
    }

    @Test func `each rule has its own sentence`() {
        func refusal(_ change: (inout [PolicyRow]) -> Void) -> PolicyError? {
            var rows = PolicyTable.standard.rows
            change(&rows)
            do throws(PolicyError) {
                _ = try PolicyTable(rows: rows)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal { $0[0].checkpointEntry = .refer } == .checksWithoutMandate(.checkpoint, .refer))
        #expect(refusal { $0[3].exit = .admit } == .isolationExitNotReported(.admit))
        #expect(refusal { $0[9].exit = .retry } == .exitNotAdmitted(.clear, .retry))
        #expect(refusal { $0[9].exit = .admitAndReport } == .reportsWithoutOrder(.clear, .exit, .admitAndReport))
        #expect(
            refusal { $0[2].communityEntry = .referAndReport }
                == .reportsWithoutOrder(.fever, .communityGate, .referAndReport))
        #expect(refusal { $0[5].checkpointEntry = .retry } == .retriesReadable(.exposureLow, .checkpoint, .retry))
        #expect(
            refusal { $0[1].communityEntry = .retryThenRefer(after: 0) }
                == .referAfterOutOfRange(.unreadable, .communityGate, 0))
        #expect(refusal { $0[4].exit = .admitAndReport } == nil)
        #expect(refusal { $0[1].exit = .admit } == nil)
        #expect(
            PolicyError.exitNotAdmitted(.fever, .refer).description
                == "Row 'fever' says 'refer' for exit. An exit is never refused: write 'admit' or 'admit, report' "
                + "where an order is behind the row.")
    }
}
