import Yams

extension ScenarioParser {
    /// The document as Yams reads it.
    func node(_ text: String) throws(ScenarioError) -> Node {
        do {
            if let node = try Yams.compose(yaml: text) { return node }
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            throw ScenarioError(file: file, line: mark.line, problem: "this is not YAML: \(problem)")
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            let problem = "\(keys.joined(separator: ", ")) stands here twice"
            throw ScenarioError(file: file, line: context.mark.line, problem: problem)
        } catch {
            throw ScenarioError(file: file, line: 1, problem: "this is not YAML: \(error)")
        }
        throw ScenarioError(file: file, line: 1, problem: "the file is empty; it needs readers or lanes")
    }

    /// A map that has no other keys than `keys`.
    func map(_ node: Node, keys: [String], of what: String) throws(ScenarioError) -> [String: Node] {
        guard let mapping = node.mapping else {
            throw error(node, "\(what) is a map with the keys \(keys.joined(separator: ", "))")
        }
        var map: [String: Node] = [:]
        for (key, value) in mapping {
            let name = try scalar(key)
            guard keys.contains(name) else {
                throw error(key, "\(what) has no \"\(name)\"; it has \(keys.joined(separator: ", "))")
            }
            map[name] = value
        }
        return map
    }

    func required(_ map: [String: Node], _ key: String, of node: Node) throws(ScenarioError) -> Node {
        guard let value = map[key] else { throw error(node, "\"\(key)\" is missing here") }
        return value
    }

    /// No list at all is an empty one.
    func list(_ node: Node?) throws(ScenarioError) -> [Node] {
        guard let node else { return [] }
        guard let sequence = node.sequence else { throw error(node, "this is a list; begin each entry with \"- \"") }
        return Array(sequence)
    }

    func scalar(_ node: Node) throws(ScenarioError) -> String {
        guard let text = node.scalar?.string, !text.isEmpty else { throw error(node, "this is one word or number") }
        return text
    }

    /// A name that can be used for a file and as one word of a command.
    func name(_ node: Node) throws(ScenarioError) -> String {
        let name = try scalar(node)
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, !name.hasPrefix("."), name.utf8.count <= 64 else {
            throw error(
                node, "a name has letters, digits, \"-\", \"_\" and \".\", at most 64, and does not begin with \".\"")
        }
        return name
    }

    func error(_ node: Node, _ problem: String) -> ScenarioError {
        ScenarioError(file: file, line: node.mark?.line ?? 1, problem: problem)
    }
}
