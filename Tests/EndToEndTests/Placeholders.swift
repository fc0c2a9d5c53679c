/// Document numbers that nobody can have: region 000000, a birth in 1900 to 2019, a sequence, and the check of ISO 7064 MOD 11-2.
enum Placeholders {
    /// How many there are.
    static let count = 120 * 12 * 28 * 999

    /// The number with this index, as 18 ASCII bytes.
    static func bytes(_ index: Int) -> [UInt8] {
        let sequence = index % 999 + 1
        let date = index / 999
        let (day, month, year) = (date % 28 + 1, date / 28 % 12 + 1, 1900 + date / 336 % 120)
        var digits = [UInt8](repeating: 0, count: 6)
        digits += [year / 1000, year / 100 % 10, year / 10 % 10, year % 10, month / 10, month % 10, day / 10, day % 10]
            .map(UInt8.init)
        digits += [sequence / 100, sequence / 10 % 10, sequence % 10].map(UInt8.init)
        var sum = 0
        for digit in digits { sum = (sum + Int(digit)) * 2 % 11 }
        let check = (12 - sum) % 11
        return digits.map { $0 + 48 } + [check == 10 ? UInt8(ascii: "X") : UInt8(check) + 48]
    }

    static func text(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }
}
