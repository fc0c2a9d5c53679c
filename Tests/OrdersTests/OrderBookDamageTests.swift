import GateModel
import Orders
import TestSupport
import Testing

@Suite struct OrderBookDamageTests {
    private func bytes(count: Int = 30) throws -> [UInt8] {
        try builder.build(randomOrders(count: count, seed: 20, households: 9))
    }

    /// Looks up and lists; only a crash or a hang can fail.
    private func exercise(_ bytes: [UInt8], subjects: [SubjectToken]) {
        guard let book = try? openBook(bytes) else { return }
        for subject in subjects { _ = book.order(for: subject) }
        var listed = 0
        book.forEachOrder { _, _ in listed += 1 }
        #expect(listed <= book.count)
    }

    @Test(arguments: 0..<4) func `no damage makes a lookup crash`(part: UInt64) throws {
        let count = part == 3 ? 700 : 30
        let valid = try bytes(count: count)
        var generator = SeededGenerator(seed: 100 + part)
        let subjects =
            randomOrders(count: 4, seed: 20).map(\.0) + [0, 1 << 63, .max].map(SubjectToken.init(rawValue:))
        for _ in 0..<(part == 3 ? 500 : 7_000) {
            var damaged = valid
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                // Part 0 damages the header alone, the others anything.
                let end = part == 0 ? min(damaged.count, 272) : damaged.count
                let at = Int.random(in: 0..<end, using: &generator)
                switch Int.random(in: 0...3, using: &generator) {
                case 0: damaged[at] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                case 1: damaged[at] = .random(in: 0 ... .max, using: &generator)
                case 2: damaged[at] = 0xFF
                default: for index in at..<min(at + 8, damaged.count) { damaged[index] = 0xFF }
                }
            }
            if part == 2, Bool.random(using: &generator) {
                damaged.removeLast(.random(in: 1..<damaged.count, using: &generator))
            }
            exercise(damaged, subjects: subjects)
        }
    }

    @Test func `a file cut anywhere is refused`() throws {
        let valid = try bytes()
        for length in 0..<valid.count {
            #expect(throws: OrderBookError.self) { try openBook(Array(valid[..<length])) }
        }
    }

    @Test func `what is wrong is told`() throws {
        let valid = try bytes()
        let length = UInt64(valid.count)
        func refused(_ damage: (inout [UInt8]) -> Void) -> OrderBookError? {
            var bytes = valid
            damage(&bytes)
            do {
                _ = try OrderBook(mapping: MappedFile(copying: bytes))
                return nil
            } catch {
                return error
            }
        }
        #expect(refused { $0[0] = 0 } == .notAnOrderBook)
        #expect(refused { $0 = Array("document,kind,tier\n".utf8) } == .notAnOrderBook)
        for version in [0, 1, 3] as [UInt8] {
            #expect(refused { $0[8] = version } == .otherFormat(found: UInt32(version)))
        }
        #expect(refused { $0[12] = 12 } == .damagedHeader(field: "section count"))
        #expect(refused { $0.removeLast(8) } == .truncated(expected: length, actual: length - 8))
        #expect(refused { $0 += [0] } == .tooLong(expected: length, actual: length + 1))
        #expect(refused { $0[39] = 0x80 } == .damagedHeader(field: "creation time"))
        #expect(refused { $0[44] = 1 } == .damagedHeader(field: "key epoch"))
        #expect(refused { $0[63] = 1 } == .damagedHeader(field: "order count"))
        for households in [0, 31] as [UInt8] {
            #expect(refused { $0[64] = households } == .damagedHeader(field: "household count"))
        }
        for ends in [0, 31] as [UInt8] {
            #expect(refused { $0[72] = ends } == .damagedHeader(field: "number of ends"))
        }
        #expect(refused { $0[56] = 29 } != nil)
        for section in 1...6 {
            let row = 80 + (section - 1) * 32
            #expect(refused { $0[row] = 9 } == .damagedSection(section: UInt32(section)))
            #expect(refused { $0[row + 5] = 1 } == .damagedSection(section: UInt32(section)))
            #expect(refused { $0[row + 16] ^= 8 } == .sectionOutOfBounds(section: UInt32(section)))
            #expect(refused { $0[row + 24] ^= 8 } == .sectionOutOfBounds(section: UInt32(section)))
        }
        // The directory no longer begins with no token.
        #expect(refused { $0[88] ^= 1 } == .damagedSection(section: 1))
        #expect(refused { $0[272] ^= 1 } == .damagedSection(section: 1))
    }

    @Test func `an order of a damaged file never lasts beyond 31 days`() throws {
        var bytes = try builder.build([(SubjectToken(rawValue: 1), sampleOrder(ends: 31 * 86_400))])
        #expect(
            try openBook(bytes).order(for: SubjectToken(rawValue: 1))?.ends == newYear.advanced(bySeconds: 31 * 86_400))
        // The only end there is.
        let ends = bytes[80 + 3 * 32 + 16..<80 + 3 * 32 + 24].reversed().reduce(0) { $0 << 8 | Int($1) }
        for minute in [0, 31 * 1_440 + 1, .max] as [UInt16] {
            bytes[ends] = UInt8(truncatingIfNeeded: minute)
            bytes[ends + 1] = UInt8(truncatingIfNeeded: minute >> 8)
            #expect(try openBook(bytes).order(for: SubjectToken(rawValue: 1)) == nil)
        }
    }
}
