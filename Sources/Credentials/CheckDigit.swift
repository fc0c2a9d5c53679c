/// The arithmetic of document numbers, on ASCII characters.
enum CheckDigit {
    /// ISO 7064 MOD 11-2 of decimal digits: a digit or `X`.
    static func mod11(_ digits: some Sequence<UInt8>) -> UInt8 {
        let sum = digits.reduce(0) { ($0 + Int($1 & 15)) * 2 % 11 }
        let check = (12 - sum) % 11
        return check == 10 ? 0x58 : 0x30 + UInt8(check)
    }

    /// ICAO 9303 of digits, capitals (A = 10 … Z = 35) and the filler `<` (0): weights 7, 3, 1 in turn, modulo 10.
    static func weights731(_ characters: some Sequence<UInt8>) -> UInt8 {
        let weights = [7, 3, 1]
        let sum = characters.enumerated().reduce(0) { sum, next in
            let value =
                switch next.element {
                case 0x30...0x39: Int(next.element) - 0x30
                case 0x41...0x5A: Int(next.element) - 0x41 + 10
                default: 0
                }
            return sum + value * weights[next.offset % 3]
        }
        return 0x30 + UInt8(sum % 10)
    }
}
