import Control
import EventStream
import GateModel
import Ledger
import Logging
import Synchronization

/// The lanes' way to the ledger: they hand things over and never wait. Order is kept, and what cannot be written now is
/// written when the disk is well again.
final class Journal: Sendable {
    /// What waits in memory while the disk is ill. About 10 MB at the most.
    static let mostWaiting = 20_000

    private struct State {
        var events: [(event: GateEvent, durable: (@Sendable () -> Void)?)] = []
        var tallies: [WallTime: [Tally]] = [:]
        var lost: UInt64 = 0
        var ledger: Ledger?
        var fault: String?
    }

    private let path: String
    private let gate: String
    private let clock: any TimeSource
    private let log: Logger
    private let state = Mutex(State())
    private let rings: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    /// Called when events became durable, with whether a household exit is among them.
    private let written: @Sendable (Bool) -> Void

    init(path: String, gate: String, clock: any TimeSource, log: Logger, written: @escaping @Sendable (Bool) -> Void) {
        self.path = path
        self.gate = gate
        self.clock = clock
        self.log = log
        self.written = written
        (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// - Parameter durable: called once the event is on disk, from any thread.
    func record(_ fact: Fact, at time: TimeStamp, durable: (@Sendable () -> Void)? = nil) {
        state.withLock { state in
            if state.events.count < Self.mostWaiting {
                state.events.append((GateEvent(at: time, fact: fact), durable))
            } else {
                state.lost += 1
            }
        }
        bell.yield()
    }

    func count(_ tallies: [Tally], at time: WallTime) {
        state.withLock { state in
            if state.tallies[time.startOfQuarter, default: []].count < Self.mostWaiting {
                state.tallies[time.startOfQuarter, default: []] += tallies
            }
        }
        bell.yield()
    }

    /// The ledger, once it could be opened.
    var ledger: Ledger? { state.withLock { $0.ledger } }

    var fault: (text: String?, waiting: Int) { state.withLock { ($0.fault, $0.events.count) } }

    // MARK: Writing

    /// Opens the ledger, however often that takes.
    func open() async throws -> Ledger {
        while true {
            do throws(LedgerError) {
                let ledger = try Ledger(path: path, gate: gate, at: clock.now())
                state.withLock { state in
                    state.ledger = ledger
                    state.fault = nil
                }
                if let reason = ledger.opening.reason {
                    record(.eventsLost(EventsLost(count: nil, reason: reason)), at: clock.now())
                }
                return ledger
            } catch {
                report(error)
                try await Task.sleep(for: .seconds(2))
            }
        }
    }

    /// Writes what is handed over until ``finish()``, and then what is left.
    func run(into ledger: Ledger) async {
        for await _ in rings {
            while await writeAll(into: ledger) == false {
                // Cancelled, this does not wait: one last try is made below.
                guard (try? await Task.sleep(for: .milliseconds(500))) != nil else { break }
            }
        }
        guard await writeAll(into: ledger) else {
            let (text, waiting) = fault
            log.critical("\(waiting) events could not be written and are lost with this stop: \(text ?? "unknown")")
            return
        }
        do throws(LedgerError) {
            try await ledger.closeInOrder()
        } catch {
            report(error)
        }
    }

    /// Nothing more will be handed over.
    func finish() { bell.finish() }

    /// Whether nothing is left to write.
    private func writeAll(into ledger: Ledger) async -> Bool {
        let (events, tallies, lost) = state.withLock { state in
            defer {
                state.events = []
                state.tallies = [:]
                state.lost = 0
            }
            return (state.events, state.tallies, state.lost)
        }
        var facts = events.map(\.event)
        if lost > 0 {
            let reason = "the disk could not be written and memory was full"
            facts.append(GateEvent(at: clock.now(), fact: .eventsLost(EventsLost(count: lost, reason: reason))))
        }
        // Started together, so that the ledger commits them together.
        async let counting = count(tallies, in: ledger)
        var failure: LedgerError?
        if !facts.isEmpty {
            do throws(LedgerError) {
                _ = try await ledger.append(facts)
                for event in events { event.durable?() }
                written(facts.contains { $0.fact.isHouseholdExit })
            } catch {
                failure = error
            }
        }
        let uncounted = await counting
        let failed = failure != nil
        keep(events: failed ? events : [], tallies: uncounted.tallies, lost: failed ? lost : 0)
        if let error = failure ?? uncounted.error {
            report(error)
            return false
        }
        state.withLock { $0.fault = nil }
        return true
    }

    private func count(
        _ tallies: [WallTime: [Tally]], in ledger: Ledger
    ) async -> (tallies: [WallTime: [Tally]], error: LedgerError?) {
        var left = tallies
        for (quarter, tallies) in tallies {
            do throws(LedgerError) {
                try await ledger.count(tallies, quarter: quarter)
                left[quarter] = nil
            } catch {
                return (left, error)
            }
        }
        return ([:], nil)
    }

    /// Puts back what could not be written, in front of what came since.
    private func keep(
        events: [(event: GateEvent, durable: (@Sendable () -> Void)?)], tallies: [WallTime: [Tally]], lost: UInt64
    ) {
        state.withLock { state in
            state.events = events + state.events
            state.tallies.merge(tallies) { $1 + $0 }
            state.lost += lost
        }
    }

    private func report(_ error: LedgerError) {
        let text = "\(error)"
        let isNew = state.withLock { state in
            defer { state.fault = text }
            return state.fault != text
        }
        if isNew { log.error("\(text)") }
    }

    // MARK: Reading

    func verify() async throws -> VerifyAnswer {
        do throws(LedgerError) {
            return VerifyAnswer(events: try await opened().verify(), fault: nil)
        } catch {
            return VerifyAnswer(events: 0, fault: "\(error)")
        }
    }

    func events(after sequence: UInt64, limit: Int) async throws -> [LedgerEntry] {
        let ledger = try opened()
        let confirmed = try await ledger.statistics().confirmedThrough
        return try await ledger.events(after: sequence, limit: limit).events.map {
            LedgerEntry(sequence: $0.sequence, body: $0.body, hash: $0.hash.hex, confirmed: $0.sequence <= confirmed)
        }
    }

    private func opened() throws(LedgerError) -> Ledger {
        let (ledger, fault) = state.withLock { ($0.ledger, $0.fault) }
        guard let ledger else { throw .cannotOpen(path: path, reason: fault ?? "it is being opened") }
        return ledger
    }
}
