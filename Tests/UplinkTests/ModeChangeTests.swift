import EventStream
import Foundation
import GateModel
import Testing
import TrustedFiles

@testable import Uplink

@Suite(.timeLimit(.minutes(1))) struct ModeChangeTests {
    private static let key = PublisherKey()

    private static func change(gate: String = "north", deployment: String = "town") throws -> ModeChange {
        let now = StillClock().now().wall
        return try ModeChange(
            deployment: deployment, gate: gate, lane: LaneID(rawValue: "door"), mode: .unlocked, operator: "Wang",
            reason: "a fair", issued: now, until: now.advanced(bySeconds: 600))
    }

    private static func envelope(
        _ change: some Encodable, as type: String = ModeChange.payloadType, by key: PublisherKey = key
    ) throws -> String {
        let payload = Array(try JSONEncoder().encode(change))
        return String(decoding: try SignedEnvelope(signing: payload, as: type, with: key).json(), as: UTF8.self)
    }

    private func fetch(_ envelopes: [String]) async throws -> (changes: [ModeChange], fault: String?) {
        var fetched: (changes: [ModeChange], fault: String?) = ([], nil)
        try await FakeCentral.with({ request in
            #expect(request.path == "/v1/gates/north/mode-changes")
            #expect(request.authorization == "Bearer the-token")
            return try .json(ModeChangeOffers(envelopes: envelopes))
        }) { central in
            fetched = try await ModeChangeFetcher(
                client: central.client(), gate: "north", deployment: "town", key: Self.key.trusted,
                every: .seconds(1), refused: { _ in }, offered: { _ in }
            ).fetch()
        }
        return fetched
    }

    @Test func `what the authority has signed for this gate is taken`() async throws {
        let change = try Self.change()
        let fetched = try await fetch([Self.envelope(change)])
        #expect(fetched.changes == [change])
        #expect(fetched.fault == nil)
    }

    @Test func `what another signed, what is for another gate, and what is no change moves nothing`() async throws {
        let good = try Self.change()
        struct Endless: Encodable {
            var id = "0123456789abcdef", deployment = "town", gate = "north", lane = "door", mode = "unlocked"
            var `operator` = "Wang", reason = "a fair", issued = 0, until = 1 << 40
        }
        let bad = try [
            Self.envelope(good, by: PublisherKey()),
            Self.envelope(good, as: "application/vnd.gatehouse.manifest.v1+json"),
            Self.envelope(Self.change(gate: "south")),
            Self.envelope(Self.change(deployment: "another-town")),
            Self.envelope(["id": "1"]),
            Self.envelope(Endless()),
            "", "{}", "{",
        ]
        for envelope in bad {
            let fetched = try await fetch([envelope, Self.envelope(good)])
            #expect(fetched.changes == [good], "\(envelope)")
            #expect(fetched.fault?.isEmpty == false, "\(envelope)")
        }
        var flipped = Array(try Self.envelope(good).utf8)
        flipped[flipped.count / 2] ^= 1
        #expect(try await fetch([String(decoding: flipped, as: UTF8.self)]).changes == [])
    }
}
