import FoundationEssentials
import GateModel
import Lanes
import Yams

extension GateSettings {
    /// Reads and checks the configuration file at `path`. Relative paths inside it are taken from its own folder.
    ///
    /// - Throws: ``SettingsError`` with everything that is wrong, each with file and line.
    public static func load(path: String) throws(SettingsError) -> GateSettings {
        let text: String
        do {
            text = try readText(path)
        } catch {
            throw SettingsError(problems: [error])
        }
        let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
        return try parse(text, file: path, folder: folder.isEmpty ? "/" : folder)
    }

    /// The same from a text. A policy file that it names is read.
    public static func parse(_ text: String, file: String, folder: String) throws(SettingsError) -> GateSettings {
        let list = ProblemList(file: file)
        let root: StrictReader
        do throws(Problem) {
            root = StrictReader(node: try compose(text, file: file), path: "", list: list)
        } catch {
            throw SettingsError(problems: [error])
        }
        var parser = SettingsParser(folder: folder, list: list)
        let settings = parser.gate(root)
        guard let settings, list.problems.isEmpty, parser.policyProblems.isEmpty else {
            throw SettingsError(problems: list.problems.sorted { $0.line < $1.line } + parser.policyProblems)
        }
        return settings
    }
}

/// The text of a configuration file, or what is wrong with it.
func readText(_ path: String) throws(Problem) -> String {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
        throw Problem(file: path, line: 0, message: "cannot be read; expected a readable YAML file")
    }
    guard data.count <= 1 << 20 else {
        throw Problem(file: path, line: 0, message: "is larger than 1 MiB; expected a configuration file")
    }
    guard let text = String(bytes: data, encoding: .utf8) else {
        throw Problem(file: path, line: 0, message: "is not UTF-8 text; expected a YAML file")
    }
    return text
}

/// The YAML tree of `text`, or where it stops being YAML.
func compose(_ text: String, file: String) throws(Problem) -> Node {
    try checkAliases(text, file: file)
    do {
        guard let node = try Yams.compose(yaml: text) else {
            throw Problem(file: file, line: 1, message: "is empty; expected a YAML mapping")
        }
        return node
    } catch let problem as Problem {
        throw problem
    } catch let error as YamlError {
        throw Problem(file: file, line: error.line, message: "is not valid YAML: \(error.summary)")
    } catch {
        throw Problem(file: file, line: 0, message: "is not valid YAML")
    }
}

/// A few lines of YAML can name each other so often that the tree has no end. Nobody writes a gate's file that way.
private func checkAliases(_ text: String, file: String) throws(Problem) {
    let most = 16
    var found = 0
    var line = 1
    var before: UInt8 = 0x0A
    for byte in text.utf8 {
        if byte == 0x0A { line += 1 }
        if before == UInt8(ascii: "*") && byte > 0x20 && byte != before { found += 1 }
        guard found <= most else {
            throw Problem(
                file: file, line: line, message: "more than \(most) aliases (*NAME); expected them written out")
        }
        before = byte
    }
}

extension YamlError {
    fileprivate var line: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        case .reader(_, let offset, _, let yaml): yaml.prefix(offset ?? 0).count(where: \.isNewline) + 1
        default: 0
        }
    }

    fileprivate var summary: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .reader(let problem, _, _, _): problem
        case .duplicatedKeysInMapping(let keys, _):
            "the key '\(keys.map { "\($0)" }.joined(separator: "', '"))' stands twice"
        default: "it cannot be read"
        }
    }
}
