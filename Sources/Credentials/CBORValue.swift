/// One item of CBOR (RFC 8949): what a signed token is written in.
///
/// Simple values that RFC 8949 leaves unassigned are not among them; no token uses any.
public enum CBORValue: Equatable, Sendable {
    case unsigned(UInt64)
    /// Stands for −1 − the value here, which reaches further than an `Int64`.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    case map(CBORMap)
    indirect case tagged(UInt64, CBORValue)
    case bool(Bool)
    case null
    case undefined
    case float(Double)

    public init(_ integer: Int64) { self = integer < 0 ? .negative(integer.magnitude - 1) : .unsigned(UInt64(integer)) }

    /// A whole number that an `Int64` holds.
    public var integer: Int64? {
        switch self {
        case .unsigned(let value): Int64(exactly: value)
        case .negative(let value): Int64(exactly: value).map { -1 - $0 }
        default: nil
        }
    }

    public var unsigned: UInt64? { if case .unsigned(let value) = self { value } else { nil } }
    public var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
    public var text: String? { if case .text(let value) = self { value } else { nil } }
    public var array: [CBORValue]? { if case .array(let value) = self { value } else { nil } }
    public var map: CBORMap? { if case .map(let value) = self { value } else { nil } }
}

/// The entries of a CBOR map, in the order in which they were written. One that was read has no key twice.
public struct CBORMap: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    public struct Entry: Equatable, Sendable {
        public let key: CBORValue
        public let value: CBORValue

        public init(key: CBORValue, value: CBORValue) {
            self.key = key
            self.value = value
        }
    }

    public var entries: [Entry]

    public init(_ entries: [Entry] = []) { self.entries = entries }

    public init(dictionaryLiteral elements: (Int64, CBORValue)...) {
        entries = elements.map { Entry(key: CBORValue($0), value: $1) }
    }

    /// The value under a key that is a whole number, as in COSE headers and CWT claims.
    public subscript(key: Int64) -> CBORValue? { entries.first { $0.key == CBORValue(key) }?.value }
}
