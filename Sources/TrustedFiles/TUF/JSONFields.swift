/// What is wrong with a field of a metadata file.
public struct FieldFault: Error, Hashable, Sendable {
    /// The way to the field, such as `roles/root/threshold`.
    public let field: String
    /// What follows the words "the field …", such as `is missing`.
    public let problem: String
}

/// The members of a JSON object, taken one by one by who knows them. What is left is kept as it is.
struct JSONFields {
    /// What nobody has taken.
    private(set) var rest: [String: JSONValue]
    /// The way to the object.
    let path: String

    init(_ value: JSONValue, path: String) throws(FieldFault) {
        guard case .object(let members) = value else { throw FieldFault(field: path, problem: "is no object") }
        rest = members
        self.path = path
    }

    func path(to name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }

    func fault(_ name: String, _ problem: String) -> FieldFault { FieldFault(field: path(to: name), problem: problem) }

    func has(_ name: String) -> Bool { rest[name] != nil }

    mutating func optional(_ name: String) -> JSONValue? { rest.removeValue(forKey: name) }

    mutating func value(_ name: String) throws(FieldFault) -> JSONValue {
        guard let value = optional(name) else { throw fault(name, "is missing") }
        return value
    }

    mutating func string(_ name: String) throws(FieldFault) -> String {
        guard case .string(let text) = try value(name) else { throw fault(name, "is no text") }
        return text
    }

    mutating func boolean(_ name: String) throws(FieldFault) -> Bool {
        guard case .boolean(let value) = try value(name) else { throw fault(name, "is neither true nor false") }
        return value
    }

    mutating func integer(_ name: String, atLeast least: Int64) throws(FieldFault) -> Int64 {
        guard case .integer(let number) = try value(name) else { throw fault(name, "is no whole number") }
        guard number >= least else { throw fault(name, "is \(number), less than \(least)") }
        return number
    }

    mutating func strings(_ name: String) throws(FieldFault) -> [String] {
        var texts: [String] = []
        for element in try array(name) {
            guard case .string(let text) = element else { throw fault(name, "holds something that is no text") }
            texts.append(text)
        }
        return texts
    }

    mutating func array(_ name: String) throws(FieldFault) -> [JSONValue] {
        guard case .array(let elements) = try value(name) else { throw fault(name, "is no array") }
        return elements
    }

    mutating func object(_ name: String) throws(FieldFault) -> JSONFields {
        try JSONFields(try value(name), path: path(to: name))
    }

    /// An object that maps names to what `read` makes of each value.
    mutating func map<Value>(
        _ name: String, _ read: (JSONValue, String) throws(FieldFault) -> Value
    ) throws(FieldFault) -> [String: Value] {
        let fields = try object(name)
        var result: [String: Value] = [:]
        for (key, value) in fields.rest { result[key] = try read(value, fields.path(to: key)) }
        return result
    }
}

extension JSONValue {
    /// An object of `fields`, those without value left out, and of `others` where `fields` has no such name.
    init(_ fields: [String: JSONValue?], others: [String: JSONValue]) {
        self = .object(fields.compactMapValues(\.self).merging(others) { known, _ in known })
    }

    init(_ texts: [String]) { self = .array(texts.map { .string($0) }) }
}
