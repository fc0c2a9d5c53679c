import Control
import Credentials
import EventStream
import Foundation
import GateModel
import Ledger
import Logging
import NIOCore
import NIOEmbedded
import Orders
import Settings
import Synchronization
import Testing
import TrustedFiles

@testable import GateDaemon
@testable import ListStore

/// Placeholder numbers, which no person can have.
enum Person {
    static let isolated = "000000190001010017"
    /// Tier 3.
    static let exposed = "000000190001010025"
    /// Tier 1.
    static let exposedLightly = "00000019000101005X"
    static let clear = "810000180001010019"
    static let alsoClear = "820000180001010010"
}

/// The lines of ``TestGate``'s chip.
enum Line {
    static let fire: UInt32 = 5
    /// A strike at a community gate.
    static let frontLock: UInt32 = 1
    static let frontContact: UInt32 = 2
    static let frontButton: UInt32 = 3
    /// A magnet at a checkpoint.
    static let checkLock: UInt32 = 11
    static let checkButton: UInt32 = 13
}

/// A gatekeeper with a chip, a clock and a loop that the test moves, and a real journal on a real ledger.
final class TestGate: Sendable {
    static let frontIn = AccessPointID(rawValue: "front-in")
    static let frontOut = AccessPointID(rawValue: "front-out")
    static let checkIn = AccessPointID(rawValue: "check-in")
    static let checkOut = AccessPointID(rawValue: "check-out")
    static let front = LaneID(rawValue: "front")
    static let check = LaneID(rawValue: "check")

    let directory: String
    let clock: FakeClock
    let loop = NIOAsyncTestingEventLoop()
    let chip: FakeChip
    let watch = WatchHub()
    let monitor = MonitorHub()
    let settings: GateSettings
    let journal: Journal
    let gatekeeper: Gatekeeper
    let key: DeploymentKey
    /// Whether a household exit was among what became durable, each time.
    let written: AsyncStream<Bool>
    private let writing = Mutex<Task<Void, Never>?>(nil)

    private init(hasKey: Bool, clock: FakeClock, directory: String, lanes: String) throws {
        self.clock = clock
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        settings = try GateSettings.parse(Self.configuration + lanes, file: "gate.yaml", folder: directory)
        key = try DeploymentKey(hex: String(repeating: "5a", count: 32), epoch: 1)
        let (written, continuation) = AsyncStream.makeStream(of: Bool.self)
        self.written = written
        journal = Journal(
            path: "\(directory)/ledger.sqlite", gate: settings.gate, clock: clock, log: .quiet
        ) { continuation.yield($0) }
        gatekeeper = Gatekeeper(
            settings: settings,
            identification: hasKey ? Identification(key: key, rules: .init(acceptPlaceholders: true)) : nil,
            journal: journal, watch: watch, monitor: monitor, clock: clock, loop: loop)
        chip = FakeChip(loop: loop, clock: clock)
    }

    /// Runs a test with a gate whose lines are there. Nothing is written before ``startWriting()``.
    ///
    /// - Parameter lanes: further ones, in YAML.
    static func with(
        hasKey: Bool = true, clock: FakeClock = FakeClock(), directory: String? = nil, lanes: String = "",
        restoresModes: Bool = true,
        _ body: (TestGate) async throws -> Void
    ) async throws {
        let path = directory ?? NSTemporaryDirectory() + "gate-\(UUID().uuidString)"
        let gate = try TestGate(hasKey: hasKey, clock: clock, directory: path, lanes: lanes)
        defer { if directory == nil { try? FileManager.default.removeItem(atPath: path) } }
        await gate.gatekeeper.startLanes { [chip = gate.chip] _, _ in chip }
        try await gate.chip.find()
        if restoresModes { await gate.gatekeeper.restore(await gate.gatekeeper.modeStore.read()) }
        try await body(gate)
        await gate.finishWriting()
        await gate.loop.shutdownGracefully()
    }

    func advance(by duration: Duration) async {
        clock.advance(by: duration)
        await loop.advanceTime(to: .uptimeNanoseconds(clock.now().monotonic.nanoseconds))
    }

    @discardableResult
    func scan(_ text: String, at point: AccessPointID) async throws -> ScanAnswer {
        try await gatekeeper.scan(ScanRequest(accessPoint: point, text: text))
    }

    // MARK: The ledger

    @discardableResult
    func startWriting() async throws -> Ledger {
        let ledger = try await journal.open()
        writing.withLock { $0 = Task { [journal] in await journal.run(into: ledger) } }
        return ledger
    }

    func finishWriting() async {
        journal.finish()
        await writing.withLock { $0 }?.value
    }

    /// All facts in the ledger.
    func facts() async throws -> [Fact] {
        let ledger = try #require(journal.ledger)
        return try await ledger.events(after: 0, limit: 100_000).events.map { try GateEvent(body: $0.body).fact }
    }

    /// Opens the ledger if need be, writes all that waits, closes the quarters, and gives all facts.
    func allFacts() async throws -> [Fact] {
        if journal.ledger == nil { try await startWriting() }
        await finishWriting()
        let now = clock.now()
        try await journal.ledger?.closeQuarters(before: now.wall.advanced(bySeconds: 900), at: now)
        return try await facts()
    }

    /// What stands in the files of the state directory.
    func rawBytes() throws -> Data {
        try FileManager.default.contentsOfDirectory(atPath: directory).reduce(into: Data()) {
            $0 += try Data(contentsOf: URL(filePath: "\(directory)/\($1)"))
        }
    }

    /// Returns once the files of the ledger are seen to hold `text`.
    func isDurable(_ text: String) -> Bool {
        (try? rawBytes())?.range(of: Data(text.utf8)) != nil
    }

    // MARK: List and mandate

    func token(_ number: String) throws -> SubjectToken {
        key.subjectToken(of: try Credential(number, today: nil, rules: .init(acceptPlaceholders: true)))
    }

    /// Puts a list and a mandate in force.
    func install(version: UInt64 = 7, ageSeconds: Int64 = 60, mandateSeconds: Int64? = 86_400) async throws {
        let now = clock.now().wall
        var orders: [(SubjectToken, Order)] = []
        for (number, kind) in [
            (Person.isolated, Order.Kind.isolation), (Person.exposed, .exposure(.three)),
            (Person.exposedLightly, .exposure(.one)),
        ] {
            let reference = try #require(OrderReference(880_000 + UInt64(orders.count)))
            orders.append(
                (
                    try token(number),
                    Order(
                        kind: kind, reason: .closeContact, ends: now.advanced(bySeconds: 5 * 86_400),
                        household: HouseholdToken(rawValue: 0xABCD), reference: reference)
                ))
        }
        let builder = OrderBookBuilder(
            listVersion: version, created: now.advanced(bySeconds: -ageSeconds), keyEpoch: 1, keyCheck: key.keyCheck)
        let book = try OrderBook(mapping: MappedFile(copying: try builder.build(orders)))
        let mandate = try mandateSeconds.map {
            try Mandate(
                reference: "M-1", legalBasis: "a law", area: "a town", from: now.advanced(bySeconds: -60),
                until: now.advanced(bySeconds: $0))
        }
        await gatekeeper.install(
            FilesInForce(record: ListRecord(), list: OrderList(book), mandate: mandate))
    }

    /// An interlock, as a further lane.
    static let airlock = """
          - name: airlock
            site: community-gate
            interlock:
              outer: {lock: {chip: main, line: 21}, wiring: energise-to-release, contact: {chip: main, line: 22}}
              inner: {lock: {chip: main, line: 23}, wiring: energise-to-release, contact: {chip: main, line: 24}}
              exit-button: {chip: main, line: 25}
              airlock-button: {chip: main, line: 26}
            access-points: [{name: air-in, direction: entry}, {name: air-out, direction: exit}]
        """

    private static let configuration = """
        gate: test-gate
        state-directory: .
        control-socket: control.sock
        central: {url: "http://127.0.0.1:1", token-file: t, deployment: town, publisher-key-file: p, root-file: r}
        deployment-key: {file: k, epoch: 1}
        documents: {accept-placeholders: true}
        chips: {main: {kind: simulated, path: /nowhere}}
        fire: {chip: main, line: 5}
        lanes:
          - name: front
            site: community-gate
            door:
              lock: {chip: main, line: 1}
              wiring: energise-to-release
              contact: {chip: main, line: 2}
              exit-button: {chip: main, line: 3}
            access-points:
              - {name: front-in, direction: entry}
              - {name: front-wide, direction: entry, release-time: 15s}
              - {name: front-out, direction: exit}
          - name: check
            site: checkpoint
            door:
              lock: {chip: main, line: 11}
              wiring: energise-to-lock
              exit-button: {chip: main, line: 13}
            access-points: [{name: check-in, direction: entry}, {name: check-out, direction: exit}]

        """
}

extension AsyncStream where Element: Sendable {
    /// The first element that fits.
    func next(where fits: (Element) -> Bool) async throws -> Element {
        for await element in self where fits(element) { return element }
        throw CancellationError()
    }
}

extension [Fact] {
    var decided: [CrossingDecided] {
        compactMap { if case .crossingDecided(let decided) = $0 { decided } else { nil } }
    }

    /// The sum of what was counted at an access point.
    func count(_ countable: Countable, at point: AccessPointID) -> UInt64 {
        reduce(0) { sum, fact in
            guard case .counted(let counted) = fact, counted.accessPoint == point else { return sum }
            return sum + (counted.counts[countable] ?? 0)
        }
    }

    var laneChanges: [LaneChanged] {
        compactMap { if case .laneChanged(let changed) = $0 { changed } else { nil } }
    }

    var overrides: [Overridden] {
        compactMap { if case .overridden(let overridden) = $0 { overridden } else { nil } }
    }
}
