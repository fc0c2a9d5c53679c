/// What the keys of a US keyboard stand for, by their codes in linux/input-event-codes.h.
///
/// Scanners are programmed for this layout at the factory. It is a table of our own because the layout of the machine
/// is another matter: under a Czech one digits would become letters.
enum USKeyboard {
    struct Modifiers: OptionSet, Hashable, Sendable {
        let rawValue: UInt8

        static let shift = Modifiers(rawValue: 0b000011)
        static let control = Modifiers(rawValue: 0b001100)
        static let alt = Modifiers(rawValue: 0b110000)

        /// One of the two keys of a kind.
        static func left(_ kind: Modifiers) -> Modifiers { Modifiers(rawValue: kind.rawValue & 0b010101) }
        static func right(_ kind: Modifiers) -> Modifiers { Modifiers(rawValue: kind.rawValue & 0b101010) }
    }

    enum Key: Hashable, Sendable {
        case character(plain: UInt8, shifted: UInt8)
        /// A digit of the keypad. Num Lock of the host does not count.
        case keypadDigit(UInt8)
        case modifier(Modifiers)
        /// Enter, Enter of the keypad, Tab.
        case end
        /// Function keys, locks and all others that stand for no character.
        case ignored
    }

    static func key(_ code: UInt16) -> Key { code < keys.count ? keys[Int(code)] : .ignored }

    private static let keys: [Key] = {
        var keys = [Key](repeating: .ignored, count: 128)
        // The key codes of a row follow each other.
        let rows: [(first: Int, plain: String, shifted: String)] = [
            (2, "1234567890-=", "!@#$%^&*()_+"),
            (16, "qwertyuiop[]", "QWERTYUIOP{}"),
            (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
            (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
            (55, "*", "*"), (57, " ", " "), (74, "-", "-"), (78, "+", "+"), (83, ".", "."), (98, "/", "/"),
        ]
        for row in rows {
            for (offset, pair) in zip(row.plain.utf8, row.shifted.utf8).enumerated() {
                keys[row.first + offset] = .character(plain: pair.0, shifted: pair.1)
            }
        }
        for (digit, code) in [82, 79, 80, 81, 75, 76, 77, 71, 72, 73].enumerated() {
            keys[code] = .keypadDigit(UInt8(digit))
        }
        for (left, right, kind) in [(42, 54, Modifiers.shift), (29, 97, .control), (56, 100, .alt)] {
            keys[left] = .modifier(.left(kind))
            keys[right] = .modifier(.right(kind))
        }
        for code in [28, 96, 15] { keys[code] = .end }
        return keys
    }()
}
