import Credentials
import TestSupport
import Testing

struct CBORTests {
    // MARK: RFC 8949, appendix A

    static let examples: [(hex: String, value: CBORValue)] = [
        ("00", .unsigned(0)), ("01", .unsigned(1)), ("0a", .unsigned(10)), ("17", .unsigned(23)),
        ("1818", .unsigned(24)), ("1819", .unsigned(25)), ("1864", .unsigned(100)), ("1903e8", .unsigned(1000)),
        ("1a000f4240", .unsigned(1_000_000)), ("1b000000e8d4a51000", .unsigned(1_000_000_000_000)),
        ("1bffffffffffffffff", .unsigned(.max)),
        ("c249010000000000000000", .tagged(2, .bytes(bytes("010000000000000000")))),
        ("3bffffffffffffffff", .negative(.max)), ("20", CBORValue(-1)), ("29", CBORValue(-10)),
        ("3863", CBORValue(-100)), ("3903e7", CBORValue(-1000)), ("3b7fffffffffffffff", CBORValue(.min)),
        ("f90000", .float(0)), ("f93c00", .float(1)), ("fb3ff199999999999a", .float(1.1)), ("f93e00", .float(1.5)),
        ("f97bff", .float(65_504)), ("fa47c35000", .float(100_000)), ("fa7f7fffff", .float(3.402_823_466_385_288_6e38)),
        ("fb7e37e43c8800759c", .float(1e300)), ("f90001", .float(5.960_464_477_539_063e-8)),
        ("f90400", .float(0.000_061_035_156_25)), ("f9c400", .float(-4)), ("fbc010666666666666", .float(-4.1)),
        ("f97c00", .float(.infinity)), ("f9fc00", .float(-.infinity)), ("f4", .bool(false)), ("f5", .bool(true)),
        ("f6", .null), ("f7", .undefined),
        ("c074323031332d30332d32315432303a30343a30305a", .tagged(0, .text("2013-03-21T20:04:00Z"))),
        ("c11a514b67b0", .tagged(1, .unsigned(1_363_896_240))),
        ("c1fb41d452d9ec200000", .tagged(1, .float(1_363_896_240.5))),
        ("d74401020304", .tagged(23, .bytes([1, 2, 3, 4]))),
        ("d818456449455446", .tagged(24, .bytes(bytes("6449455446")))),
        ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")), ("6161", .text("a")),
        ("6449455446", .text("IETF")), ("62225c", .text("\"\\")), ("62c3bc", .text("ü")), ("63e6b0b4", .text("水")),
        ("64f0908591", .text("𐅑")), ("80", .array([])),
        ("83010203", .array([.unsigned(1), .unsigned(2), .unsigned(3)])),
        (
            "8301820203820405",
            .array([.unsigned(1), .array([.unsigned(2), .unsigned(3)]), .array([.unsigned(4), .unsigned(5)])])
        ),
        ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", .array((1...25).map { .unsigned($0) })),
        ("a0", .map([:])), ("a201020304", .map([1: .unsigned(2), 3: .unsigned(4)])),
        ("826161a161626163", .array([.text("a"), .map(CBORMap([.init(key: .text("b"), value: .text("c"))]))])),
    ]

    @Test(arguments: examples)
    func `the examples of the standard are read and written`(hex: String, value: CBORValue) throws {
        #expect(try CBORValue(decoding: bytes(hex), form: .deterministic) == value)
        #expect(value.encoded == bytes(hex))
    }

    @Test(arguments: ["f97e00", "fa7fc00000", "fb7ff8000000000000", "f97e01"])
    func `every NaN is written as one`(hex: String) throws {
        #expect(try CBORValue(decoding: bytes(hex)).encoded == bytes("f97e00"))
    }

    static let indefinite: [(hex: String, value: CBORValue)] = [
        ("5f42010243030405ff", .bytes([1, 2, 3, 4, 5])), ("5fff", .bytes([])),
        ("7f657374726561646d696e67ff", .text("streaming")), ("7fff", .text("")), ("9fff", .array([])),
        (
            "9f018202039f0405ffff",
            .array([.unsigned(1), .array([.unsigned(2), .unsigned(3)]), .array([.unsigned(4), .unsigned(5)])])
        ),
        (
            "83018202039f0405ff",
            .array([.unsigned(1), .array([.unsigned(2), .unsigned(3)]), .array([.unsigned(4), .unsigned(5)])])
        ),
        (
            "bf6346756ef563416d7421ff",
            .map(
                CBORMap([.init(key: .text("Fun"), value: .bool(true)), .init(key: .text("Amt"), value: CBORValue(-2))]))
        ),
        ("bfff", .map([:])),
    ]

    @Test(arguments: indefinite)
    func `lengths that are told at the end are read, and are not deterministic`(hex: String, value: CBORValue) throws {
        #expect(try CBORValue(decoding: bytes(hex)) == value)
        #expect(throws: CBORError.notDeterministic) { try CBORValue(decoding: bytes(hex), form: .deterministic) }
    }

    @Test(arguments: [
        "1800", "1817", "190017", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3800", "5800", "7800", "9800", "b800",
        "d800f6", "fa3f800000", "fb3ff0000000000000", "a203040102", "a2616101006102", "a2200000f6", "818118ff" + "00",
    ])
    func `a value in another than its one form is not deterministic`(hex: String) {
        #expect(throws: (any Error).self) { try CBORValue(decoding: bytes(hex), form: .deterministic) }
    }

    // MARK: What is refused

    // RFC 8949, appendix F, and the simple values that mean nothing.
    @Test(arguments: [
        "", "18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98", "9a01ff00", "b8",
        "d8",
        "f8", "f900", "fa0000", "fb000000", "41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00",
        "7b7fffffffffffffff010203", "81", "818181818181818181", "8200", "a1", "a20102", "a100", "a2000000", "c0",
        "5f4100", "7f6100", "9f", "9f0102", "bf", "bf01020102", "819f", "9f8000", "9f9f9f9f9fffffffff",
        "9f819f819f9fffffff", "1c", "1d", "1e", "3c", "3d", "3e", "5c", "5d", "5e", "7c", "7d", "7e", "9c", "9d", "9e",
        "bc", "bd", "be", "dc", "dd", "de", "fc", "fd", "fe", "f800", "f801", "f818", "f81f", "5f00ff", "5f21ff",
        "5f6100ff", "5f80ff", "5fa0ff", "5fc000ff", "5fe0ff", "7f4100ff", "5f5f4100ffff", "7f7f6100ffff", "ff", "81ff",
        "8200ff", "a1ff", "a1ff00", "a100ff", "a20000ff", "9f81ff", "9f829f819f9fffffffff", "bf00ff", "bf000000ff",
        "1f",
        "3f", "df", "e0", "f3", "f8ff", "bbffffffffffffffff", "9bffffffffffffffff00", "b97fff0001",
    ])
    func `what is not well-formed is refused`(hex: String) {
        #expect(throws: CBORError.self) { try CBORValue(decoding: bytes(hex)) }
    }

    static let refused: [(hex: String, error: CBORError)] = [
        ("0000", .trailingBytes(count: 1)), ("1901", .truncated), ("83f6f61c", .malformed(offset: 3)),
        ("8262c328f6", .notUTF8(offset: 1)), ("7f61c361bcff", .notUTF8(offset: 1)),
        ("a2010001f6", .duplicateKey(offset: 3)), ("a201001801f6", .duplicateKey(offset: 3)),
        ("bf616100" + "7f6161ff00ff", .duplicateKey(offset: 4)), ("a2f97e0000fa7fc0000000", .duplicateKey(offset: 5)),
        (String(repeating: "81", count: 16) + "00", .tooDeep(offset: 16)),
        (String(repeating: "c1", count: 20) + "00", .tooDeep(offset: 16)),
        (String(repeating: "bf", count: 20), .tooDeep(offset: 16)),
    ]

    @Test(arguments: refused)
    func `a refusal tells what is wrong`(hex: String, error: CBORError) {
        #expect(throws: error) { try CBORValue(decoding: bytes(hex)) }
        #expect(!error.description.isEmpty)
    }

    @Test func `fifteen levels around a value are read`() throws {
        #expect(try CBORValue(decoding: [UInt8](repeating: 0x81, count: 15) + [0]).array?.count == 1)
    }

    @Test func `more bytes than the most are not read`() throws {
        let longest = CBORValue.bytes([UInt8](repeating: 7, count: CBORValue.mostBytes - 3)).encoded
        #expect(try CBORValue(decoding: longest).bytes?.count == CBORValue.mostBytes - 3)
        #expect(throws: CBORError.tooLong(byteCount: CBORValue.mostBytes + 1)) {
            try CBORValue(decoding: longest + [0])
        }
    }

    // MARK: Properties

    @Test func `whatever is written is read as the same`() throws {
        var random = SeededGenerator(seed: 8949)
        for _ in 0..<1000 {
            let value = Self.value(levels: 5, &random)
            let encoded = value.encoded
            let again = try CBORValue(decoding: encoded, form: .deterministic)
            #expect(again.encoded == encoded)
        }
    }

    @Test func `whatever is read is written in one form`() throws {
        var random = SeededGenerator(seed: 1)
        var accepted = 0
        for round in 0..<12_000 {
            var input =
                round.isMultiple(of: 2)
                ? random.bytes(Int.random(in: 0...24, using: &random)) : Self.value(levels: 4, &random).encoded
            if !input.isEmpty {
                input[Int.random(in: input.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            guard let value = try? CBORValue(decoding: input) else { continue }
            accepted += 1
            #expect(try CBORValue(decoding: value.encoded, form: .deterministic).encoded == value.encoded)
        }
        #expect(accepted > 1000)
    }

    @Test func `the entries of a map are sorted by the bytes of their keys`() {
        let keys: [CBORValue] = [
            .unsigned(10), .unsigned(100), CBORValue(-1), .text("z"), .text("aa"), .array([.unsigned(100)]),
            .array([CBORValue(-1)]), .bool(false),
        ]
        let sorted = keys.map { CBORMap.Entry(key: $0, value: .null) }
        // RFC 8949, 4.2.1.
        let wanted = bytes("a8 0a f6 1864 f6 20 f6 617a f6 626161 f6 811864 f6 8120 f6 f4 f6")
        #expect(CBORValue.map(CBORMap(sorted)).encoded == wanted)
        #expect(CBORValue.map(CBORMap(sorted.reversed())).encoded == wanted)
    }

    static func value(levels: Int, _ random: inout SeededGenerator) -> CBORValue {
        let number = random.next() >> UInt64.random(in: 0..<64, using: &random)
        let count = Int.random(in: 0...4, using: &random)
        switch Int.random(in: 0..<(levels > 0 ? 11 : 8), using: &random) {
        case 0: return .unsigned(number)
        case 1: return .negative(number)
        case 2: return .bytes(random.bytes(count * 9))
        case 3:
            return .text(
                String((0..<count * 9).map { _ in Character(UnicodeScalar(UInt8.random(in: 0...255, using: &random))) })
            )
        case 4: return .bool(number.isMultiple(of: 2))
        case 5: return number.isMultiple(of: 2) ? .null : .undefined
        case 6: return .float(Double(bitPattern: random.next()))
        case 7: return .float(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: number))))
        case 8: return .array((0..<count).map { _ in value(levels: levels - 1, &random) })
        case 9: return .tagged(number, value(levels: levels - 1, &random))
        default:
            var keys: Set<[UInt8]> = []
            let entries = (0..<count).map { _ in
                CBORMap.Entry(key: value(levels: levels - 1, &random), value: value(levels: levels - 1, &random))
            }
            return .map(CBORMap(entries.filter { keys.insert($0.key.encoded).inserted }))
        }
    }
}
