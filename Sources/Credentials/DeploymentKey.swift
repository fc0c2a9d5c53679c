import Crypto
public import GateModel

/// The secret of an area with which identities become tokens, and its epoch.
///
/// Tokens protect only while the key is secret: whoever holds it can try all document numbers (principle 20).
public struct DeploymentKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// Counts up with each change of the key. Tokens of different epochs have nothing in common.
    public let epoch: UInt32
    /// Keyed already; each token begins with a copy.
    private let keyed: HMAC<SHA256>

    /// - Parameter hex: 64 hexadecimal digits of either case; blanks and line ends around them are ignored.
    public init(hex: String, epoch: UInt32) throws(DeploymentKeyError) {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        var digits = Array(hex.utf8.drop { blanks.contains($0) })
        while let last = digits.last, blanks.contains(last) { digits.removeLast() }
        let values = digits.map(Self.value)
        if let position = values.firstIndex(of: nil) { throw .notHexadecimal(position: position + 1) }
        guard values.count == 64 else { throw .wrongLength(digits: values.count) }
        let nibbles = values.compactMap(\.self)
        keyed = HMAC(key: SymmetricKey(data: (0..<32).map { nibbles[2 * $0] << 4 | nibbles[2 * $0 + 1] }))
        self.epoch = epoch
    }

    /// The first 64 bits of HMAC-SHA-256(key, ``Credential/canonical``), big-endian.
    public func subjectToken(of credential: Credential) -> SubjectToken {
        SubjectToken(rawValue: first64Bits(of: credential.canonical))
    }

    /// The first 64 bits of HMAC-SHA-256(key, "household", NUL, `household`), big-endian.
    ///
    /// The NUL keeps household and subject tokens apart: no credential holds one.
    /// - Parameter household: the identifier the authority uses, byte for byte.
    public func householdToken(of household: String) -> HouseholdToken {
        HouseholdToken(rawValue: first64Bits(of: "household\0" + household))
    }

    /// Names the key without giving it away, so that a list made with another key is recognised:
    /// the first 64 bits of HMAC-SHA-256(key, "gatehouse key check"), big-endian.
    public var keyCheck: UInt64 { first64Bits(of: "gatehouse key check") }

    private func first64Bits(of text: String) -> UInt64 {
        var code = keyed
        code.update(data: Array(text.utf8))
        return code.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// Epoch and key check in hexadecimal, without the key.
    public var description: String { "DeploymentKey(epoch \(epoch), check \(String(keyCheck, radix: 16)))" }

    /// Without the key, for `dump` and the debugger.
    public var customMirror: Mirror { Mirror(self, children: ["epoch": epoch, "keyCheck": keyCheck]) }
}

/// Why a text is not a deployment key. Tells where, never what stands there.
public enum DeploymentKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    case wrongLength(digits: Int)
    /// The first character that is none, counted in bytes from 1.
    case notHexadecimal(position: Int)

    public var description: String {
        switch self {
        case .wrongLength(let digits):
            "the deployment key has \(digits) hexadecimal digits, not 64; copy the whole key file again"
        case .notHexadecimal(let position):
            "character \(position) of the deployment key is not a hexadecimal digit; copy the key file again as it is"
        }
    }
}
