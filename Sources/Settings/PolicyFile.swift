import GateModel
public import Lanes

extension PolicyTable {
    /// Reads a policy file: a list of rows with `case`, `exit`, `community-gate` and `checkpoint`, tried top down.
    ///
    /// - Throws: ``SettingsError``, also when the table would break a principle (an exit that does not admit, for one).
    public static func load(path: String) throws(SettingsError) -> PolicyTable {
        let list = ProblemList(file: path)
        do throws(Problem) {
            let root = StrictReader(node: try compose(try readText(path), file: path), path: "", list: list)
            guard let map = root.mapping(["rows"]) else {
                throw Problem(file: path, line: 1, message: "expected 'rows'")
            }
            let entries = map.required("rows") { $0.sequence() } ?? []
            let rows = entries.compactMap(row)
            guard list.problems.isEmpty else { throw list.problems[0] }
            do {
                return try PolicyTable(rows: rows)
            } catch {
                let place = error.place(in: rows)
                let line = entries.indices.contains(place) ? entries[place].line : entries.last?.line
                throw Problem(file: path, line: line ?? root.line, message: "\(error)")
            }
        } catch {
            throw SettingsError(problems: list.problems.isEmpty ? [error] : list.problems)
        }
    }

    private static func row(_ reader: StrictReader) -> PolicyRow? {
        guard let map = reader.mapping(["case", "exit", "community-gate", "checkpoint"]) else { return nil }
        let policyCase = map.required("case") { $0.word(PolicyCase.self) }
        let exit = map.required("exit", cell)
        let community = map.required("community-gate", cell)
        let checkpoint = map.required("checkpoint", cell)
        guard let policyCase, let exit, let community, let checkpoint else { return nil }
        return PolicyRow(policyCase: policyCase, exit: exit, communityEntry: community, checkpointEntry: checkpoint)
    }

    private static func cell(_ reader: StrictReader) -> PolicyCell? {
        guard let text = reader.string() else { return nil }
        do {
            return try PolicyCell(parsing: text)
        } catch {
            reader.problem("\(error)")
            return nil
        }
    }
}

extension PolicyError {
    /// Which of the rows is meant, counted from 0.
    fileprivate func place(in rows: [PolicyRow]) -> Int {
        if case .wrongRow(let position, _, _) = self { return position - 1 }
        if case .extraRow = self { return PolicyTable.order.count }
        let meant: PolicyCase? =
            switch self {
            case .checksWithoutMandate: .noMandate
            case .isolationExitNotReported: .isolation
            case .exitNotAdmitted(let policyCase, _), .reportsWithoutOrder(let policyCase, _, _),
                .retriesReadable(let policyCase, _, _), .referAfterOutOfRange(let policyCase, _, _):
                policyCase
            case .wrongRow, .extraRow, .unknownCell: nil
            }
        return rows.firstIndex { $0.policyCase == meant } ?? 0
    }
}
