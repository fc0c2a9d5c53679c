import FoundationEssentials

/// What `vectors.json` holds: groups of texts, most of them bytes in hexadecimal.
struct VectorFile: Sendable {
    /// By group, then by the path inside it: keys of tables and indices of lists, joined by `/`; empty for a group that
    /// is one text.
    var groups: [String: [String: String]] = [:]
    /// Names and texts, as many as there are strings in the file.
    private(set) var strings = 0

    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let copy = package.appending(path: "Tests/VectorTests/vectors.json")
    /// What the copy was made from, on the machines that have it.
    static let original = package.deletingLastPathComponent().appending(path: "shared/protocols/vectors.json")

    init(_ json: Data) throws {
        let content = try JSONDecoder().decode([String: JSONValue].self, from: json)
        strings = content.count
        for (group, value) in content {
            groups[group] = [:]
            add(value, to: group, path: [])
        }
    }

    static func load() throws -> VectorFile { try VectorFile(Data(contentsOf: copy)) }

    /// `nil` if one of them is missing.
    func texts(of check: VectorCheck) -> [String]? {
        let texts = check.keys.compactMap { groups[check.group]?[$0] }
        return texts.count == check.keys.count ? texts : nil
    }

    private mutating func add(_ value: JSONValue, to group: String, path: [String]) {
        switch value {
        case .text(let text):
            groups[group, default: [:]][path.joined(separator: "/")] = text
            strings += 1
        case .list(let values):
            for (index, value) in values.enumerated() { add(value, to: group, path: path + ["\(index)"]) }
        case .table(let values):
            strings += values.count
            for (key, value) in values { add(value, to: group, path: path + [key]) }
        }
    }
}

/// Anything but texts, lists and tables is an error, so nothing in the file is passed over.
private enum JSONValue: Decodable {
    case text(String)
    case list([JSONValue])
    case table([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let values = try? container.decode([JSONValue].self) {
            self = .list(values)
        } else {
            self = .table(try container.decode([String: JSONValue].self))
        }
    }
}
