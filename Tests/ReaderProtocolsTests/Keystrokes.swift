import ReaderProtocols

/// What an evdev device gives for the keys of a scanner.
enum Keystrokes {
    static let leftCtrl: UInt16 = 29
    static let leftShift: UInt16 = 42
    static let rightShift: UInt16 = 54
    static let leftAlt: UInt16 = 56
    static let enter: UInt16 = 28
    static let tab: UInt16 = 15
    static let keypadEnter: UInt16 = 96
    static let keypad: [UInt16] = [82, 79, 80, 81, 75, 76, 77, 71, 72, 73]

    /// The keys of a US keyboard, row by row, with the codes of linux/input-event-codes.h.
    static let characters: [Character: (code: UInt16, isShifted: Bool)] = {
        let rows: [(first: UInt16, plain: String, shifted: String)] = [
            (2, "1234567890", "!@#$%^&*()"), (12, "-=", "_+"),
            (16, "qwertyuiop", "QWERTYUIOP"), (26, "[]", "{}"),
            (30, "asdfghjkl", "ASDFGHJKL"), (39, ";'`", ":\"~"),
            (43, "\\", "|"), (44, "zxcvbnm", "ZXCVBNM"), (51, ",./", "<>?"), (57, " ", " "),
        ]
        var characters: [Character: (code: UInt16, isShifted: Bool)] = [:]
        for row in rows {
            for (index, character) in row.shifted.enumerated() {
                characters[character] = (row.first + UInt16(index), true)
            }
            for (index, character) in row.plain.enumerated() {
                characters[character] = (row.first + UInt16(index), false)
            }
        }
        return characters
    }()

    /// One `struct input_event`.
    static func record(_ type: UInt16, _ code: UInt16, _ value: Int32, at milliseconds: UInt64 = 0) -> [UInt8] {
        func littleEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
        }
        return littleEndian(milliseconds / 1000, 8) + littleEndian(milliseconds % 1000 * 1000, 8)
            + littleEndian(UInt64(type), 2) + littleEndian(UInt64(code), 2)
            + littleEndian(UInt64(UInt32(bitPattern: value)), 4)
    }

    /// A key goes down or up: its scan code (MSC_SCAN), the key, SYN_REPORT.
    static func key(_ code: UInt16, _ value: Int32, at milliseconds: UInt64 = 0) -> [UInt8] {
        record(4, 4, 0x70000, at: milliseconds) + record(1, code, value, at: milliseconds)
            + record(0, 0, 0, at: milliseconds)
    }

    static func press(_ code: UInt16, at milliseconds: UInt64 = 0) -> [UInt8] {
        key(code, 1, at: milliseconds) + key(code, 0, at: milliseconds)
    }

    static func holding(_ code: UInt16, _ keys: [UInt8], at milliseconds: UInt64 = 0) -> [UInt8] {
        key(code, 1, at: milliseconds) + keys + key(code, 0, at: milliseconds)
    }

    /// Printable ASCII.
    static func type(_ text: String, at milliseconds: UInt64 = 0) -> [UInt8] {
        text.flatMap { character -> [UInt8] in
            guard let key = characters[character] else { return [] }
            let press = press(key.code, at: milliseconds)
            return key.isShifted ? holding(leftShift, press, at: milliseconds) : press
        }
    }

    /// A byte as its decimal code on the keypad.
    static func alt(_ code: String) -> [UInt8] {
        holding(leftAlt, code.compactMap(\.wholeNumberValue).flatMap { press(keypad[$0]) })
    }

    static let dropped = record(0, 3, 0)
}
