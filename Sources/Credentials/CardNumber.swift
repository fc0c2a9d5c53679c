public import GateModel

/// The number of a fob or card, for areas that hand out cards and file orders on them.
///
/// Nothing in a card number can be checked, and whoever has a suitable device can copy the card.
public struct CardNumber: Hashable, Sendable, CustomStringConvertible {
    public static let bitRange = 1...64

    /// How many bits of data the reader sends, parity excluded.
    public let bits: Int
    public let value: UInt64

    /// The one text form of the card, from whose UTF-8 bytes the subject token is made: `CARD/<data bits>/<hex>`, with
    /// as many hexadecimal digits (capitals) as the bits fill.
    public var canonical: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "\(Self.prefix)\(bits)/" + String(repeating: "0", count: (bits + 3) / 4 - digits.count) + digits
    }

    static let prefix = "CARD/"

    /// - Throws: `impossibleDocument` if there are no such bits, or `value` needs more of them.
    public init(bits: Int, value: UInt64) throws(UnreadableReason) {
        guard Self.bitRange.contains(bits), value >> UInt64(bits - 1) <= 1 else { throw .impossibleDocument }
        self.bits = bits
        self.value = value
    }

    /// Reads the ``canonical`` form. Spaces are ignored, small letters taken as capitals, and zeros in front of the
    /// hexadecimal digits may be left out.
    ///
    /// - Throws: `notADocument` for another form, and as ``init(bits:value:)``.
    public init(canonical text: String) throws(UnreadableReason) {
        let parts = try CanonicalText(text, prefix: Self.prefix).parts
        guard parts.count == 2, let bits = Self.number(parts[0], radix: 10, longest: 2),
            let value = Self.number(parts[1], radix: 16, longest: 16)
        else { throw .notADocument }
        try self.init(bits: Int(clamping: bits), value: value)
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: Int, longest: Int) -> UInt64? {
        // The initialiser takes a sign, too.
        guard digits.count <= longest, digits.allSatisfy(MachineReadableZone.isAlphanumeric) else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
    }

    /// Leaves the number out, so that it does not get into a log.
    public var description: String { "CardNumber(\(bits) bits withheld)" }
}
