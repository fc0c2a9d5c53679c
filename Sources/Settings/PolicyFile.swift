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
            guard let map = root.mapping(["rows"]) else { throw Problem(file: path, line: 1, message: "expected 'rows'") }
            let rows = (map.required("rows") { $0.sequence() } ?? []).compactMap(row)
            guard list.problems.isEmpty else { throw list.problems[0] }
            do {
                return try PolicyTable(rows: rows)
            } catch {
                throw Problem(file: path, line: root.line, message: "\(error)")
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
