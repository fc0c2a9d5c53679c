import Crypto

/// Many delegated roles in few words (TAP 15): each target belongs to one of 2ⁿ bins, by the first n bits of SHA-256 of its
/// path. All bins have the same keys, and each is terminating.
public struct SuccinctRoles: Hashable, Sendable {
    public var signers: RoleKeys
    /// 1 to 32.
    public let bitLength: Int
    /// A bin is called this, a hyphen, and its number in hexadecimal digits, as many for each.
    public let namePrefix: String

    /// `nil` unless `bitLength` is 1 to 32.
    public init?(signers: RoleKeys, bitLength: Int, namePrefix: String) {
        guard (1...32).contains(bitLength) else { return nil }
        self.signers = signers
        self.bitLength = bitLength
        self.namePrefix = namePrefix
    }

    init(_ value: JSONValue, path: String) throws(FieldFault) {
        var fields = try JSONFields(value, path: path)
        signers = try RoleKeys(&fields)
        let bits = try fields.integer("bit_length", atLeast: 1)
        guard bits <= 32 else { throw fields.fault("bit_length", "is \(bits), more than 32") }
        bitLength = Int(bits)
        namePrefix = try fields.string("name_prefix")
        signers.unrecognized = fields.rest
    }

    var json: JSONValue {
        signers.json(["bit_length": .integer(Int64(bitLength)), "name_prefix": .string(namePrefix)])
    }

    /// How many digits the largest number has.
    private var digits: Int { (bitLength + 3) / 4 }

    /// The bin of a target.
    public func name(for target: String) -> String {
        let first = SHA256.hash(data: Array(target.utf8)).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let number = String(first >> UInt32(32 - bitLength), radix: 16)
        return "\(namePrefix)-" + String(repeating: "0", count: max(0, digits - number.utf8.count)) + number
    }

    /// Whether one of the bins is called `name`.
    public func contains(_ name: String) -> Bool {
        let prefix = "\(namePrefix)-".utf8
        guard name.utf8.starts(with: prefix) else { return false }
        let digits = name.utf8.dropFirst(prefix.count)
        let isLowerCase = digits.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard digits.count == self.digits, isLowerCase,
            let number = UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return false }
        return number >> UInt64(bitLength) == 0
    }
}
