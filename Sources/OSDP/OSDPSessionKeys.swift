import Crypto
import CryptoExtras

/// The keys of one secure session, and what proves that both sides have them.
///
/// | Key | AES(SCBK, …), then the panel's random number's bytes 0–5 and 8 zeros |
/// |---|---|
/// | S-ENC | `01 82` |
/// | S-MAC1 | `01 01` |
/// | S-MAC2 | `01 02` |
///
/// Keys are never printed; `==` takes the same time wherever they differ.
public struct OSDPSessionKeys: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Bytes of the random numbers of both sides.
    public static let randomLength = 8

    let encryption: SymmetricKey
    let mac1: SymmetricKey
    let mac2: SymmetricKey

    /// - Parameter panelRandom: ``randomLength`` bytes.
    public init(key: OSDPKey, panelRandom: [UInt8]) throws(OSDPSecureChannelError) {
        guard panelRandom.count == Self.randomLength else { throw .wrongLength }
        func derive(_ second: UInt8) throws(OSDPSecureChannelError) -> [UInt8] {
            var block = [0x01, second] + panelRandom[0..<6] + [UInt8](repeating: 0, count: 8)
            try OSDPCipher.encrypt(&block, SymmetricKey(data: key.bytes))
            return block
        }
        try self.init(encryption: derive(0x82), mac1: derive(0x01), mac2: derive(0x02))
    }

    /// - Throws: unless each key has 16 bytes.
    public init(encryption: [UInt8], mac1: [UInt8], mac2: [UInt8]) throws(OSDPSecureChannelError) {
        guard [encryption, mac1, mac2].allSatisfy({ $0.count == OSDPKey.length }) else { throw .wrongLength }
        self.encryption = SymmetricKey(data: encryption)
        self.mac1 = SymmetricKey(data: mac1)
        self.mac2 = SymmetricKey(data: mac2)
    }

    /// What the reader proves itself with: AES(S-ENC, panel's random number ‖ reader's).
    public func readerCryptogram(panelRandom: [UInt8], readerRandom: [UInt8]) throws(OSDPSecureChannelError) -> [UInt8]
    {
        try encrypted(panelRandom + readerRandom, encryption)
    }

    /// What the panel proves itself with: AES(S-ENC, reader's random number ‖ panel's).
    public func panelCryptogram(panelRandom: [UInt8], readerRandom: [UInt8]) throws(OSDPSecureChannelError) -> [UInt8] {
        try encrypted(readerRandom + panelRandom, encryption)
    }

    /// Where the chain of MACs begins: AES(S-MAC2, AES(S-MAC1, panel's cryptogram)).
    public func initialMAC(panelCryptogram: [UInt8]) throws(OSDPSecureChannelError) -> [UInt8] {
        try encrypted(encrypted(panelCryptogram, mac1), mac2)
    }

    private func encrypted(_ bytes: [UInt8], _ key: SymmetricKey) throws(OSDPSecureChannelError) -> [UInt8] {
        var block = bytes
        try OSDPCipher.encrypt(&block, key)
        return block
    }

    public var description: String { "OSDPSessionKeys(withheld)" }

    /// Empty, for `dump` and the debugger.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// AES-128 on one block.
enum OSDPCipher {
    static let blockLength = 16

    static func encrypt(_ block: inout [UInt8], _ key: SymmetricKey) throws(OSDPSecureChannelError) {
        do {
            try AES.permute(&block, key: key)
        } catch {
            throw .wrongLength
        }
    }

    static func decrypt(_ block: inout [UInt8], _ key: SymmetricKey) throws(OSDPSecureChannelError) {
        do {
            try AES.inversePermute(&block, key: key)
        } catch {
            throw .wrongLength
        }
    }
}

/// Why something is not part of a secure session.
public enum OSDPSecureChannelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A key, random number or block of the wrong length.
    case wrongLength
    /// The other side does not have the key.
    case cryptogramMismatch
    /// Changed on the way, repeated, left out, or made by somebody else.
    case macMismatch
    /// A right MAC around data without padding.
    case noPadding
    /// A frame without the security block of a session.
    case notSecured

    public var description: String {
        switch self {
        case .wrongLength: "a key, random number or block has the wrong length"
        case .cryptogramMismatch: "the other side does not have the key"
        case .macMismatch: "the message authentication code is wrong"
        case .noPadding: "the decrypted data has no padding"
        case .notSecured: "the frame is not part of the secure session"
        }
    }
}
