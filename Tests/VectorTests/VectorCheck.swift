import GateModel
import Testing

/// Judges some vectors of one group by what the decoders and encoders make of them.
struct VectorCheck: Sendable, CustomTestStringConvertible {
    let group: String
    /// What ``VectorFile/groups`` calls them.
    let keys: [String]
    /// Takes the texts of `keys` in their order; throws a ``Mismatch`` unless all is as it should be.
    let run: @Sendable ([String]) throws -> Void

    var testDescription: String {
        keys.count == 1 ? "\(group): \(keys[0])" : "\(group): \(keys[0]) and \(keys.count - 1) more"
    }

    init(_ group: String, together keys: [String], run: @escaping @Sendable ([String]) throws -> Void) {
        self.group = group
        self.keys = keys
        self.run = run
    }

    /// For one vector that is text.
    init(_ group: String, text key: String, run: @escaping @Sendable (String) throws -> Void) {
        self.init(group, together: [key]) { try run($0[0]) }
    }

    /// For one vector that is bytes.
    init(_ group: String, _ key: String, run: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.init(group, together: [key]) { try run(hex($0[0])) }
    }

    static let all: [VectorCheck] =
        sdtRequests + sdtReplies + documentNumbers + documents + zone + ssi + hidPOS + keyboard + osdp + osdpSession
        + wiegand + thermometers
}

/// A vector, and something that is not what the vector says.
struct Mismatch: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

func same<Value: Equatable>(_ found: Value, _ wanted: Value, _ what: String) throws {
    guard found == wanted else { throw Mismatch("\(what): found \(found), wanted \(wanted)") }
}

func same(_ found: [UInt8], _ wanted: [UInt8], _ what: String) throws {
    guard found == wanted else { throw Mismatch("\(what): found \(spelled(found)), wanted \(spelled(wanted))") }
}

/// Bytes with or without spaces between them, and nothing else.
func hex(_ text: String) throws -> [UInt8] {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 1 || words.allSatisfy({ $0.utf8.count == 2 }), let bytes = [UInt8](hex: words.joined()) else {
        throw Mismatch("no bytes: \(text)")
    }
    return bytes
}

func spelled(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
}

func ms(_ milliseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

func word(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
}
