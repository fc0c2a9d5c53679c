import GateModel
import Yams

/// Collects the problems of one file while it is read.
final class ProblemList {
    let file: String
    private(set) var problems: [Problem] = []

    init(file: String) { self.file = file }

    func add(_ message: String, at line: Int) {
        problems.append(Problem(file: file, line: line, message: message))
    }
}

/// A place in a YAML file, read strictly: what is not expected is a problem with its line.
struct StrictReader {
    let node: Node
    /// Where we are, as in `lanes[0].door`.
    let path: String
    let list: ProblemList

    var line: Int { node.mark?.line ?? 0 }

    func problem(_ message: String) {
        list.add(path.isEmpty ? message : "\(path): \(message)", at: line)
    }

    private func child(_ node: Node, _ key: String) -> StrictReader {
        StrictReader(node: node, path: path.isEmpty ? key : "\(path).\(key)", list: list)
    }

    /// The entries of a mapping; every key outside `allowed`, and every key given twice, is a problem.
    func mapping(_ allowed: [String]) -> StrictMapping? {
        guard case .mapping(let mapping) = node else {
            problem("expected a mapping with \(allowed.joined(separator: ", ")); found \(kind)")
            return nil
        }
        var entries: [String: StrictReader] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                list.add("\(path): a key must be a plain word", at: key.mark?.line ?? line)
                continue
            }
            guard allowed.contains(name) else {
                list.add(
                    "\(path.isEmpty ? "" : path + ": ")unknown key '\(name)'; expected one of \(allowed.joined(separator: ", "))",
                    at: key.mark?.line ?? line)
                continue
            }
            entries[name] = child(value, name)
        }
        return StrictMapping(reader: self, entries: entries)
    }

    /// The entries of a mapping whose keys are names.
    func namedEntries() -> [(name: String, value: StrictReader)] {
        guard case .mapping(let mapping) = node else {
            problem("expected a mapping of names; found \(kind)")
            return []
        }
        return mapping.compactMap { key, value in
            guard let name = key.scalar?.string else {
                list.add("\(path): a name must be a plain word", at: key.mark?.line ?? line)
                return nil
            }
            return (name, child(value, name))
        }
    }

    /// The entries of a list, `nil` where there is none.
    func sequence() -> [StrictReader]? {
        guard case .sequence(let sequence) = node else {
            problem("expected a list; found \(kind)")
            return nil
        }
        return sequence.enumerated().map { index, item in
            StrictReader(node: item, path: "\(path)[\(index)]", list: list)
        }
    }

    var isEmptySequence: Bool {
        if case .sequence(let sequence) = node { sequence.isEmpty } else { false }
    }

    func string() -> String? {
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
            problem("expected a text; found \(kind)")
            return nil
        }
        return scalar.string
    }

    func integer(_ range: ClosedRange<Int>) -> Int? {
        guard case .scalar(let scalar) = node, let value = Int(scalar.string), range.contains(value) else {
            problem("expected a whole number from \(range.lowerBound) to \(range.upperBound); found \(found)")
            return nil
        }
        return value
    }

    func boolean() -> Bool? {
        guard case .scalar(let scalar) = node, let value = ["true": true, "false": false][scalar.string] else {
            problem("expected true or false; found \(found)")
            return nil
        }
        return value
    }

    /// A time with its unit: `50ms`, `5s`, `2m`, `6h`.
    func duration(_ range: ClosedRange<Duration>) -> Duration? {
        guard case .scalar(let scalar) = node, let value = DurationText.parse(scalar.string) else {
            problem("expected a time such as 50ms, 5s, 2m or 6h; found \(found)")
            return nil
        }
        guard range.contains(value) else {
            problem(
                "expected a time from \(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound)); found \(found)"
            )
            return nil
        }
        return value
    }

    func word<Word: CaseIterable & RawRepresentable>(_: Word.Type) -> Word? where Word.RawValue == String {
        guard case .scalar(let scalar) = node, let value = Word(rawValue: scalar.string) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            problem("expected one of \(words); found \(found)")
            return nil
        }
        return value
    }

    private var kind: String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "'\(scalar.string)'"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private var found: String { kind }
}

/// A mapping whose keys were checked.
struct StrictMapping {
    let reader: StrictReader
    let entries: [String: StrictReader]

    /// The value under `key`, or a problem if it is missing.
    func required<Value>(_ key: String, _ read: (StrictReader) -> Value?) -> Value? {
        guard let entry = entries[key] else {
            reader.problem("'\(key)' is missing")
            return nil
        }
        return read(entry)
    }

    /// The value under `key`, or `fallback` where the key is absent.
    func optional<Value>(_ key: String, _ fallback: Value, _ read: (StrictReader) -> Value?) -> Value {
        guard let entry = entries[key] else { return fallback }
        return read(entry) ?? fallback
    }

    /// The value under `key`, or `nil` where the key is absent.
    func optional<Value>(_ key: String, _ read: (StrictReader) -> Value?) -> Value? {
        entries[key].flatMap(read)
    }
}

/// Times in configuration files.
enum DurationText {
    private static let units: [(suffix: String, nanoseconds: Int64)] = [
        ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    static func parse(_ text: String) -> Duration? {
        for (suffix, scale) in units where text.hasSuffix(suffix) {
            let number = text.dropLast(suffix.count)
            // Digits and a point only: with an exponent, seven characters hold more than a duration can.
            guard number.utf8.count <= 7, number.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
                let value = Double(number)
            else { continue }
            return .nanoseconds(Int64((value * Double(scale)).rounded()))
        }
        return nil
    }

    static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.clampedNanoseconds
        for (suffix, scale) in units.reversed() where nanoseconds >= scale && nanoseconds % scale == 0 {
            return "\(nanoseconds / scale)\(suffix)"
        }
        return "\(nanoseconds / 1_000_000)ms"
    }
}
