/// The number of a fob or card, as a reader sends it: without its parity bits, and without any proof that it is
/// genuine.
public struct CardRead: Hashable, Sendable, CustomStringConvertible {
    /// How many bits of data there are: 1 to 64.
    public let bits: Int
    /// The data, the first bit on the wire highest.
    public let value: UInt64

    public init(bits: Int, value: UInt64) {
        self.bits = bits
        self.value = value
    }

    /// The same with its bytes in reverse order: some readers send a chip's number (UID) so. Without effect unless the
    /// data are whole bytes.
    func reversingBytes() -> CardRead {
        guard bits.isMultiple(of: 8) else { return self }
        return CardRead(bits: bits, value: value.byteSwapped >> UInt64(clamping: 64 - bits))
    }

    /// Leaves the number out, so that it does not get into a log.
    public var description: String { "CardRead(\(bits) bits withheld)" }
}
