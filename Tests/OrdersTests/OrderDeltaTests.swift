import GateModel
import Orders
import TestSupport
import Testing

@Suite struct OrderDeltaTests {
    private let delta: OrderDelta

    init() throws {
        var history = ListHistory(seed: 500, count: 100)
        let before = try history.list()
        history.advance()
        delta = try OrderDelta.between(before, history.list())
        try #require(delta.removedCount >= 2 && delta.writtenCount >= 2)
    }

    private func refused(_ damage: (inout [UInt8]) -> Void) -> OrderDeltaError? {
        var bytes = delta.bytes()
        damage(&bytes)
        do {
            _ = try OrderDelta(bytes: bytes)
            return nil
        } catch {
            return error
        }
    }

    /// Where the record of the given written order begins.
    private func record(_ index: Int) -> Int { 88 + delta.removedCount * 8 + index * 24 }

    @Test func `what is wrong is told`() throws {
        let length = UInt64(delta.bytes().count)
        let first = record(0)
        let second = record(1)
        #expect(refused { $0[0] = 0 } == .notADelta)
        #expect(refused { $0 = [] } == .notADelta)
        #expect(refused { $0 = Array("GHDELTAS".utf8) } == .truncated(expected: 88, actual: 8))
        #expect(refused { $0[8] = 1 } == .otherFormat(found: 1))
        #expect(refused { $0[12] = 1 } == .otherFormat(found: 2))
        #expect(refused { $0.removeLast() } == .truncated(expected: length, actual: length - 1))
        #expect(refused { $0 += [0] } == .tooLong(expected: length, actual: length + 1))
        #expect(
            refused {
                $0[16] += 8; $0 += [UInt8](repeating: 0, count: 8)
            } == .damagedHeader(field: "file length"))
        #expect(refused { $0[40] = 7 } == .notLater(version: 7, than: 7))
        #expect(refused { $0[39] = 0x80 } == .damagedHeader(field: "creation time"))
        #expect(refused { $0[55] = 0x80 } == .damagedHeader(field: "creation time"))
        let earlier = (1 << 32) - delta.head.created.seconds(since: delta.base.created)
        #expect(refused { $0[36] = 1 } == .createdEarlier(by: earlier))
        #expect(refused { $0[60] = 1 } == .damagedHeader(field: "key epoch"))
        #expect(refused { $0[79] = 0x80 } == .damagedHeader(field: "number of removed orders"))
        #expect(refused { $0[87] = 0x80 } == .damagedHeader(field: "number of written orders"))
        #expect(refused { $0[72] += 1 } == .damagedHeader(field: "file length"))
        #expect(refused { $0.replaceSubrange(96..<104, with: $0[88..<96]) } == .damagedRemoval(number: 2))
        #expect(
            refused {
                $0[103] = 0; $0[95] = 1
            } == .damagedRemoval(number: 2))
        #expect(
            refused { $0.replaceSubrange(second..<second + 8, with: $0[first..<first + 8]) }
                == .damagedRecord(.notAscending, number: 2))
        #expect(refused { $0[first + 21] = 25 } == .damagedRecord(.kindOrReason, number: 1))
        for minute in [0, 44_641, .max] as [UInt16] {
            let damaged = refused {
                $0[first + 22] = UInt8(truncatingIfNeeded: minute)
                $0[first + 23] = UInt8(truncatingIfNeeded: minute >> 8)
            }
            #expect(damaged == .damagedRecord(.end, number: 1))
        }
        #expect(refused { for at in 16..<21 { $0[first + at] = 0 } } == .damagedRecord(.reference, number: 1))
        #expect(refused { for at in 16..<21 { $0[first + at] = 0xFF } } == .damagedRecord(.reference, number: 1))
    }

    @Test func `a subject cannot be removed and written`() throws {
        let both = refused { bytes in
            // The first order is written on the first subject that is removed, below all others.
            for at in 0..<8 { bytes[88 + at] = 0 }
            for at in 0..<8 { bytes[record(0) + at] = 0 }
        }
        #expect(both == .damagedRecord(.alsoRemoved, number: 1))
    }

    @Test func `a delta cut anywhere is refused`() throws {
        let bytes = delta.bytes()
        for length in 0..<bytes.count {
            #expect(throws: OrderDeltaError.self) { try OrderDelta(bytes: Array(bytes[..<length])) }
        }
    }

    @Test func `one wrong bit makes an error or another delta, and never the same`() throws {
        let bytes = delta.bytes()
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let other = try? OrderDelta(bytes: damaged) else { continue }
            #expect(other != delta)
            #expect(other.bytes() == damaged, "there is one way to write a delta")
        }
    }

    @Test func `random damage does no harm to a list`() throws {
        let list = try ListHistory(seed: 500, count: 100).list()
        let bytes = delta.bytes()
        var generator = SeededGenerator(seed: 501)
        for _ in 0..<5_000 {
            var damaged = bytes
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                damaged[.random(in: 0..<damaged.count, using: &generator)] = .random(in: 0 ... .max, using: &generator)
            }
            guard let other = try? OrderDelta(bytes: damaged) else { continue }
            _ = try? delta.composed(with: other)
            _ = try? other.composed(with: delta)
            guard let after = try? list.applying(other) else { continue }
            #expect(throws: Never.self) { try merged(after) }
        }
    }

    /// Format version 2 as it is published. If this fails, do not change the test: make a new version.
    @Test func `version 2 is written and read as it always was`() throws {
        let golden = bytes(
            """
            474844454c544153 0200000000000000 7800000000000000  # magic, version, length
            0100000000000000 00b9556900000000                   # from, made
            0200000000000000 3cb9556900000000                   # to, made
            0300000000000000 efcdab8967452301                   # key
            0100000000000000 0100000000000000                   # one removed, one written
            0500000000000000
            0700000000000000 0100000000000000 e8030000000e9f05
            """)
        func list(_ orders: [(SubjectToken, Order)], _ version: UInt64, _ seconds: Int64) throws -> OrderList {
            let builder = OrderBookBuilder(
                listVersion: version, created: newYear.advanced(bySeconds: seconds), keyEpoch: 3,
                keyCheck: 0x0123_4567_89AB_CDEF)
            return OrderList(try openBook(builder.build(orders)))
        }
        let order = sampleOrder(.exposure(.two), reason: .awaitingResult, ends: 86_400, household: 1, reference: 1_000)
        let delta = try OrderDelta.between(
            list([(SubjectToken(rawValue: 5), sampleOrder())], 1, 0), list([(SubjectToken(rawValue: 7), order)], 2, 60))
        #expect(delta.bytes() == golden)
        #expect(try OrderDelta(bytes: golden) == delta)
    }
}
