import Credentials
import GateModel
import TestSupport
import Testing

struct HonouredReleasesTests {
    static let start = ReleaseTests.start
    static let subject = SubjectToken(rawValue: 0xA1A2_A3A4_A5A6_A7A8)

    static func at(_ seconds: Int64) -> WallTime { start.advanced(bySeconds: seconds) }

    static func order(_ number: UInt64) throws -> OrderReference { try #require(OrderReference(number)) }

    @Test func `a release clears one subject of one order until its end`() throws {
        var releases = HonouredReleases()
        let order = try Self.order(4711)
        #expect(!releases.clears(Self.subject, of: order, at: Self.start))
        #expect(try releases.honour(try ReleaseTests.release(), at: Self.at(10)))
        #expect(try !releases.honour(try ReleaseTests.release(), at: Self.at(11)), "it is shown again")
        #expect(releases.clears(Self.subject, of: order, at: Self.at(10)))
        #expect(releases.clears(Self.subject, of: order, at: Self.at(3599)))
        #expect(!releases.clears(Self.subject, of: order, at: Self.at(3600)))
        #expect(!releases.clears(Self.subject, of: order, at: Self.at(-1)), "the clock was set back")
        #expect(!releases.clears(Self.subject, of: try Self.order(4712), at: Self.at(10)))
        #expect(!releases.clears(SubjectToken(rawValue: 1), of: order, at: Self.at(10)))
    }

    @Test func `a release that does not count now is not kept`() throws {
        var releases = HonouredReleases()
        let release = try ReleaseTests.release()
        #expect(throws: ReleaseError.notYetValid(inSeconds: 5)) { try releases.honour(release, at: Self.at(-5)) }
        #expect(throws: ReleaseError.expired(secondsAgo: 1)) { try releases.honour(release, at: Self.at(3601)) }
        #expect(releases.count == 0)
        #expect(!releases.clears(Self.subject, of: try Self.order(4711), at: Self.at(10)))
    }

    @Test func `of two releases of one order the longer one counts`() throws {
        let order = try Self.order(4711)
        let short = try ReleaseTests.release(id: 1, expires: Self.at(100))
        let long = try ReleaseTests.release(id: 2, expires: Self.at(200))
        for pair in [[short, long], [long, short]] {
            var releases = HonouredReleases()
            for release in pair { try releases.honour(release, at: Self.at(0)) }
            #expect(releases.count == 1)
            #expect(releases.clears(Self.subject, of: order, at: Self.at(199)))
            #expect(!releases.clears(Self.subject, of: order, at: Self.at(200)))
        }
    }

    @Test func `what is over is forgotten`() throws {
        var releases = HonouredReleases()
        try releases.honour(try ReleaseTests.release(order: 1, expires: Self.at(100)), at: Self.at(0))
        try releases.honour(try ReleaseTests.release(order: 2, expires: Self.at(200)), at: Self.at(50))
        #expect(releases.count == 2)
        releases.forget(at: Self.at(100))
        #expect(releases.count == 1)
        try releases.honour(try ReleaseTests.release(order: 3, expires: Self.at(300)), at: Self.at(250))
        #expect(releases.count == 1)
    }

    @Test func `their number is bounded, and the one that ends first makes room`() throws {
        var releases = HonouredReleases()
        let most = UInt64(HonouredReleases.most)
        for number in 0..<most + 10 {
            // The first ones end last.
            let release = try ReleaseTests.release(
                order: number + 1, expires: Self.at(10_000 - Int64(number)))
            try releases.honour(release, at: Self.at(0))
        }
        #expect(releases.count == HonouredReleases.most)
        #expect(releases.clears(Self.subject, of: try Self.order(1), at: Self.at(5)))
        #expect(releases.clears(Self.subject, of: try Self.order(most + 10), at: Self.at(5)))
        #expect(!releases.clears(Self.subject, of: try Self.order(most), at: Self.at(5)))
        // One that is known already takes nobody's place.
        try releases.honour(try ReleaseTests.release(order: 1, expires: Self.at(20_000)), at: Self.at(0))
        #expect(releases.count == HonouredReleases.most)
        #expect(releases.clears(Self.subject, of: try Self.order(most + 10), at: Self.at(5)))
    }

    @Test func `nobody is cleared of anything but what a release that counts names`() throws {
        var random = SeededGenerator(seed: 10)
        for _ in 0..<200 {
            var releases = HonouredReleases()
            var honoured: [Release] = []
            var now = Self.start
            for _ in 0..<40 {
                now = now.advanced(bySeconds: Int64.random(in: -50...400, using: &random))
                let from = now.advanced(bySeconds: Int64.random(in: -300...100, using: &random))
                let release = try ReleaseTests.release(
                    subject: UInt64.random(in: 1...3, using: &random), order: UInt64.random(in: 1...3, using: &random),
                    issued: from, notBefore: from,
                    expires: from.advanced(bySeconds: Int64.random(in: 1...900, using: &random)))
                if (try? releases.honour(release, at: now)) != nil { honoured.append(release) }
                for subject in (UInt64(1)...3).map(SubjectToken.init(rawValue:)) {
                    for order in try (UInt64(1)...3).map(Self.order) where releases.clears(subject, of: order, at: now)
                    {
                        #expect(
                            honoured.contains { $0.subject == subject && $0.order == order && $0.isValid(at: now) })
                    }
                }
            }
        }
    }
}
