import Central
import EventStream
import Foundation
import FoundationNetworking
import GateModel
import Orders
import Testing
import TrustedFiles

@Suite struct ServerTests {
    let scratch: Scratch
    let token: String

    init() throws {
        scratch = try Scratch()
        token = try scratch.store.addGate("north", renew: false, at: now)
    }

    /// Runs a server on a free loopback port while `body` talks to it.
    private func withServer(_ body: (Client) async throws -> Void) async throws {
        let listening = AsyncStream<Int>.makeStream()
        let server = try CentralServer(directory: scratch.directory, host: "127.0.0.1", port: 0) {
            listening.continuation.yield($0)
        }
        let running = Task { try await server.run() }
        var ports = listening.stream.makeAsyncIterator()
        let port = try #require(await ports.next())
        do {
            try await body(Client(port: port, token: token))
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        try await running.value
    }

    @Test func `an address that is taken is told with what to do`() async throws {
        try await withServer { client in
            let second = try CentralServer(directory: scratch.directory, host: "127.0.0.1", port: client.port)
            let wanted = CentralError.cannotListen(
                host: "127.0.0.1", port: client.port, reason: "Address already in use")
            await #expect(throws: wanted) { try await second.run() }
            #expect(wanted.description.contains("127.0.0.1:\(client.port): Address already in use"))
        }
    }

    @Test func `published files are served and nothing else`() async throws {
        let publisher = try Publisher(directory: scratch.directory)
        _ = try publisher.publishMandate(reference: "M-1", legalBasis: "Act 1", area: "North", days: 1, at: now)
        let target = try #require(try PublishedFiles(scratch).role("mandate").target(Mandate.targetName))
        let mandate = try PublishedFiles(scratch).content(Mandate.targetName, of: "mandate")
        let path = "/targets/\(try #require(target.hashes["sha256"])).mandate.json"
        try await withServer { client in
            for name in ["timestamp.json", "1.root.json", "1.targets.json"] {
                let answer = try await client.get("/metadata/\(name)", token: nil)
                #expect(answer.status == 200)
                if name != "timestamp.json" {
                    #expect(try Array(answer.body) == scratch.content("\(scratch.directory.metadataPath)/\(name)"))
                }
            }
            #expect(Array(try await client.get(path, token: nil).body) == mandate)
            let rest = try await client.get(path, token: nil, range: "bytes=10-")
            #expect(rest.status == 206)
            #expect(Array(rest.body) == Array(mandate.dropFirst(10)))
            let forbidden = [
                "/metadata/9.root.json", "/targets/orders/9.book", "/metadata/../../keys/publisher.key",
                "/metadata/..%2F..%2Fkeys/publisher.key", "/targets/%2e%2e/%2e%2e/central.sqlite",
                "/keys/publisher.key",
                "/root.json", "/",
            ]
            for path in forbidden {
                let answer = try await client.get(path, token: nil)
                #expect(answer.status == 404 || answer.status == 400, "\(path)")
                #expect(answer.error != nil, "\(path)")
            }
        }
    }

    @Test func `who waits for a change is told of it at once, and of none when the time is over`() async throws {
        let directory = scratch.directory
        // What was made long ago is signed anew when the service starts.
        try Publisher(directory: directory).publish(at: .now())
        try await withServer { client in
            func changes(_ query: String) async throws -> (status: Int, version: UInt64?) {
                let answer = try await client.get("/v1/changes\(query)", token: nil)
                return (
                    answer.status, try? JSONDecoder().decode(PublishedVersion.self, from: answer.body).version
                )
            }
            let first = try #require(try await changes("").version)
            #expect(first > 0)
            // Of an older version, or one from before the centre was restored, everybody is told at once.
            #expect(try await changes("?after=1&wait=60").version == first)
            #expect(try await changes("?after=99&wait=60").version == first)
            #expect(try await changes("?after=\(first)&wait=0").version == first)
            async let waiting = changes("?after=\(first)&wait=60")
            try await Task.sleep(for: .milliseconds(50))
            _ = try Publisher(directory: directory).publishMandate(
                reference: "M-1", legalBasis: "Act 1", area: "North", days: 1, at: .now())
            let told = try #require(try await waiting.version)
            #expect(told > first)
            #expect(try await changes("?after=\(told)&wait=1").version == told)
            for query in ["?after=x", "?after=-1", "?after=1&wait=1.5"] {
                #expect(try await changes(query).status == 400)
            }
        }
    }

    @Test func `events are taken and the position answered`() async throws {
        let events = try chain([plain(1), householdExit(7)])
        try await withServer { client in
            #expect(try await client.get("/v1/health", token: nil).status == 200)
            let alert = try await client.post(
                "/v1/gates/north/alerts", try JSONEncoder().encode(EventAlert(epoch: epochA, event: events[1])))
            #expect(alert.status == 200)
            #expect(try JSONDecoder().decode(AlertReceipt.self, from: alert.body) == AlertReceipt())
            let unrecorded = try await client.post(
                "/v1/gates/north/alerts/unrecorded", try JSONEncoder().encode(UnrecordedAlert(body: events[1].body)))
            #expect(unrecorded.status == 200)
            let answer = try await client.post(
                "/v1/gates/north/events", try JSONEncoder().encode(EventBatch(epoch: epochA, events: events)))
            #expect(answer.status == 200)
            let expected = StreamPosition(verdict: .accepted, epoch: epochA, next: 3)
            #expect(try JSONDecoder().decode(StreamPosition.self, from: answer.body) == expected)
            let position = try await client.get("/v1/gates/north/position")
            #expect(try JSONDecoder().decode(StreamPosition.self, from: position.body) == expected)
        }
        #expect(try scratch.store.storedSequences() == [1, 2])
        #expect(try scratch.store.alerts(of: nil).count == 1)
    }

    @Test func `only a gate with its own token is heard`() async throws {
        let southToken = try scratch.store.addGate("south", renew: false, at: now)
        let body = try JSONEncoder().encode(EventBatch(epoch: epochA, events: try chain([plain(1)])))
        try await withServer { client in
            for token in [nil, "", "wrong", southToken] {
                let answer = try await client.post("/v1/gates/north/events", body, token: token)
                #expect(answer.status == 401)
                #expect(answer.error != nil)
            }
            #expect(try await client.get("/v1/gates/east/position").status == 401)
            #expect(try await client.get("/v1/gates/south/position", token: southToken).status == 200)

            let renewed = try scratch.store.addGate("north", renew: true, at: now)
            #expect(try await client.get("/v1/gates/north/position").status == 401)
            #expect(try await client.get("/v1/gates/north/position", token: renewed).status == 200)
            try scratch.store.removeGate("north")
            #expect(try await client.get("/v1/gates/north/position", token: renewed).status == 401)
        }
        #expect(try scratch.store.storedSequences().isEmpty)
    }

    @Test func `a change of mode is signed, and only its own gate gets it, and only while it is fresh`() async throws {
        let other = try scratch.store.addGate("south", renew: false, at: now)
        let publisher = try ModeChangePublisher(directory: scratch.directory)
        let current = WallTime.now()
        func publish(_ gate: String, at time: WallTime) throws -> ModeChange {
            try publisher.publish(
                gate: gate, lane: LaneID(rawValue: "door"), mode: .unlocked, operator: "Wang", reason: "a fair",
                seconds: 600, at: time)
        }
        let change = try publish("north", at: current)
        _ = try publish("north", at: current.advanced(bySeconds: -ModeChange.latestArrivalSeconds - 1))
        #expect(throws: CentralError.unknownGate("west")) { try publish("west", at: current) }
        let key = try #require(
            TrustedKey(text: String(decoding: scratch.content(scratch.directory.trustedKeyPath), as: UTF8.self)))
        try await withServer { client in
            #expect(try await client.get("/v1/gates/north/mode-changes", token: nil).status == 401)
            #expect(try await client.get("/v1/gates/north/mode-changes", token: other).status == 401)
            let answer = try await client.get("/v1/gates/north/mode-changes")
            let offers = try JSONDecoder().decode(ModeChangeOffers.self, from: answer.body)
            #expect(offers.envelopes.count == 1)
            let envelope = try SignedEnvelope(json: Array(try #require(offers.envelopes.first).utf8))
            let payload = try envelope.open(as: ModeChange.payloadType, trusted: key)
            #expect(try JSONDecoder().decode(ModeChange.self, from: Data(payload)) == change)
            let south = try await client.get("/v1/gates/south/mode-changes", token: other)
            #expect(try JSONDecoder().decode(ModeChangeOffers.self, from: south.body).envelopes.isEmpty)
        }
    }

    @Test(
        arguments: [
            ("", "a fair", 600), ("Wang", "", 600), ("Wang", "a\u{1B}[31m", 600), ("Wang", "a fair", 0),
            ("Wang", "a fair", 86_401), (String(repeating: "x", count: 101), "a fair", 600),
        ] as [(String, String, Int64)])
    func `a change without a name or a reason, or that is to last for long, is not signed`(
        name: String, reason: String, seconds: Int64
    ) throws {
        let publisher = try ModeChangePublisher(directory: scratch.directory)
        #expect(throws: CentralError.self) {
            try publisher.publish(
                gate: "north", lane: LaneID(rawValue: "door"), mode: .unlocked, operator: name, reason: reason,
                seconds: seconds, at: now)
        }
    }

    @Test func `what is not understood is answered with the reason`() async throws {
        let tooMany = try chain((0...EventBatch.largestCount).map(plain))
        let notUrgent = EventAlert(epoch: epochA, event: try chain([plain(1)])[0])
        let bodies: [(String, Data)] = [
            ("events", Data()), ("events", Data("{".utf8)), ("events", Data("[]".utf8)), ("events", Data("{}".utf8)),
            ("events", Data(#"{"epoch":"12","events":[]}"#.utf8)),
            ("events", Data(#"{"epoch":"000000000000000a","events":[{"sequence":-1,"body":"","hash":""}]}"#.utf8)),
            ("events", Data(String(repeating: "[", count: 100_000).utf8)),
            ("events", try JSONEncoder().encode(EventBatch(epoch: epochA, events: tooMany))),
            ("alerts", Data("{}".utf8)), ("alerts", try JSONEncoder().encode(notUrgent)),
            ("alerts/unrecorded", Data("{}".utf8)),
            ("alerts/unrecorded", try JSONEncoder().encode(UnrecordedAlert(body: notUrgent.event.body))),
        ]
        try await withServer { client in
            for (path, body) in bodies {
                let answer = try await client.post("/v1/gates/north/\(path)", body)
                #expect(answer.status == 400, "\(path) \(body.count)")
                #expect(answer.error?.isEmpty == false)
            }
            let large = try await client.post(
                "/v1/gates/north/events", Data(repeating: 0x20, count: CentralServer.largestBodyBytes + 1))
            #expect(large.status == 413)
            #expect(try await client.post("/v1/gates/north/nothing", Data()).status == 404)
            #expect(try await client.get("/v1/health").status == 200)
        }
    }
}

struct Client: Sendable {
    struct Answer {
        var status: Int
        var body: Data

        /// The text of `{"error": "..."}`.
        var error: String? { (try? JSONDecoder().decode([String: String].self, from: body))?["error"] }
    }

    let port: Int
    let token: String

    func get(_ path: String, token: String?, range: String? = nil) async throws -> Answer {
        try await send("GET", path, nil, token: token, range: range)
    }
    func get(_ path: String) async throws -> Answer { try await get(path, token: token) }

    func post(_ path: String, _ body: Data, token: String?) async throws -> Answer {
        try await send("POST", path, body, token: token)
    }
    func post(_ path: String, _ body: Data) async throws -> Answer { try await post(path, body, token: token) }

    private func send(
        _ method: String, _ path: String, _ body: Data?, token: String?, range: String? = nil
    ) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        if let range { request.setValue(range, forHTTPHeaderField: "Range") }
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return Answer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, body: data)
    }
}
