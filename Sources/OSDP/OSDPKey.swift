import GateModel

/// The secret of one reader (SCBK), 16 bytes. It is never printed.
public struct OSDPKey: Sendable, CustomStringConvertible, CustomReflectable {
    public static let length = 16

    /// The key that every reader leaves the factory with (SCBK-D), `30 31 … 3F`. Everybody knows it.
    public static let factoryDefault = OSDPKey(unchecked: (0x30...0x3F).map { $0 })

    let bytes: [UInt8]

    /// `nil` unless there are ``length`` bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.init(unchecked: bytes)
    }

    /// Reads 32 hexadecimal digits; `nil` for anything else.
    public init?(hex: String) {
        guard let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes)
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    public var description: String { "OSDPKey(withheld)" }

    /// Empty, for `dump` and the debugger.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension OSDPKey: Equatable {
    /// Takes the same time wherever the keys differ.
    public static func == (a: OSDPKey, b: OSDPKey) -> Bool { a.bytes.isSameInConstantTime(as: b.bytes) }
}

extension [UInt8] {
    /// Takes the same time wherever the bytes differ.
    func isSameInConstantTime(as other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt8 = 0
        for index in indices { difference |= self[index] ^ other[index] }
        return difference == 0
    }
}
