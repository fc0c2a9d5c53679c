/// What a Wiegand message may be, told by its number of bits alone.
///
/// The first bit on the wire makes the ones of the first half even, the last bit those of the second half odd. Where
/// the number of bits is odd, the bit in the middle belongs to both halves.
///
/// | bits | layout |
/// |---|---|
/// | 4 | key: its nibble |
/// | 6 | key: parity, nibble, parity |
/// | 8 | key: complement of the nibble, nibble |
/// | 26 | parity, 24 data (H10301), parity |
/// | 30, 32, 34 | parity, 28, 30 or 32 data, parity |
/// | 37 | parity, 35 data, parity (H10304: the even half is bits 1 to 19, the odd one bits 19 to 37) |
///
/// Makers differ on 37 bits; other variants than H10304 are unreadable. A PIN sent whole in a message of 26 bits cannot
/// be told from a card and is taken as one.
public enum WiegandFormat: Int, Hashable, Sendable, CaseIterable {
    case key4 = 4
    case key6 = 6
    case key8 = 8
    case card26 = 26
    case card30 = 30
    case card32 = 32
    case card34 = 34
    case card37 = 37

    /// What the bits of a message of this format say; `unreadable` if the parity or the key is wrong.
    func interpret(_ message: UInt64, hasParity: Bool) -> WiegandOutput {
        switch self {
        case .key4:
            return key(message)
        case .key6:
            return isParityRight(message) ? key(message >> 1 & 15) : .unreadable
        case .key8:
            return message >> 4 == ~message & 15 ? key(message & 15) : .unreadable
        case .card26, .card30, .card32, .card34, .card37:
            guard hasParity else { return .card(CardRead(bits: rawValue, value: message)) }
            guard isParityRight(message) else { return .unreadable }
            let bits = rawValue - 2
            return .card(CardRead(bits: bits, value: message >> 1 & ((1 << UInt64(bits)) - 1)))
        }
    }

    private func key(_ nibble: UInt64) -> WiegandOutput {
        KeypadKey(rawValue: UInt8(truncatingIfNeeded: nibble)).map { .key($0) } ?? .unreadable
    }

    private func isParityRight(_ message: UInt64) -> Bool {
        let half = (rawValue + 1) / 2
        let first = message >> UInt64(rawValue - half)
        let second = message & ((1 << UInt64(half)) - 1)
        return first.nonzeroBitCount.isMultiple(of: 2) && !second.nonzeroBitCount.isMultiple(of: 2)
    }
}
