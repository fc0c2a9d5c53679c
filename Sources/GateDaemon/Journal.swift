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
    /// Beyond that only household exits are kept, which are alerted from memory: so many.
    static let mostExitsBeyond = 5_000
    /// Written in one transaction: what has waited is let in bit by bit as room comes.
    static let mostAtOnce = 500

    private struct Entry {
        var event: GateEvent
        /// Called once the event is on disk.
        var durable: (@Sendable () -> Void)?
    }

    private struct State {
        var entries: [Entry] = []
        /// Handed to the ledger, which has not answered yet.
        var writing: [Entry] = []
        var tallies: [WallTime: [Tally]] = [:]
        /// Events that memory could not hold, or that the last run could not write before it ended.
        var lost: UInt64 = 0
        var ledger: Ledger?
        var fault: String?
        /// Nothing more will be handed over.
        var isFinished = false

        var waiting: Int { writing.count + entries.count }
    }

    private let path: String
    private let gate: String
    private let clock: any TimeSource
    private let log: Logger
    private let unwritten: UnwrittenCount
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
        unwritten = UnwrittenCount(path: "\(path).unwritten")
        (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// - Parameter durable: called once the event is on disk, from any thread.
    func record(_ fact: Fact, at time: TimeStamp, durable: (@Sendable () -> Void)? = nil) {
        state.withLock { state in
            let room = Self.mostWaiting + (fact.isHouseholdExit ? Self.mostExitsBeyond : 0)
            if state.waiting < room {
                state.entries.append(Entry(event: GateEvent(at: time, fact: fact), durable: durable))
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

    var fault: (text: String?, waiting: Int) { state.withLock { ($0.fault, $0.waiting) } }

    /// Household exits of `time` or earlier that are not on disk yet.
    func unrecordedHouseholdExits(before time: MonotonicTime) -> [GateEvent] {
        state.withLock { state in
            // Lazily, for there may be very many, and the lanes wait for the lock.
            let waiting = [state.writing, state.entries].joined().lazy.map(\.event)
            return Array(waiting.filter { $0.fact.isHouseholdExit && $0.at.monotonic <= time })
        }
    }

    // MARK: Writing

    /// Opens the ledger, however often that takes.
    func open() async throws -> Ledger {
        let leftBehind = await unwritten.begin()
        state.withLock { $0.lost += leftBehind }
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
                await noteUnwritten()
                try await Task.sleep(for: .seconds(2))
            }
        }
    }

    /// Writes what is handed over until ``finish()``, and then what is left.
    func run(into ledger: Ledger) async {
        for await _ in rings {
            while await writeAll(into: ledger) == false {
                // One last try is made below: the stop waits for no disk.
                guard !state.withLock({ $0.isFinished }),
                    (try? await Task.sleep(for: .milliseconds(500))) != nil
                else { break }
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
    func finish() {
        state.withLock { $0.isFinished = true }
        bell.finish()
    }

    /// Whether nothing is left to write.
    private func writeAll(into ledger: Ledger) async -> Bool {
        repeat {
            guard await writeSome(into: ledger) else { return false }
        } while state.withLock { !$0.entries.isEmpty }
        return true
    }

    /// Writes the oldest of what waits. Whether that could be done.
    private func writeSome(into ledger: Ledger) async -> Bool {
        let (entries, tallies, lost) = state.withLock { state in
            let entries = Array(state.entries.prefix(Self.mostAtOnce))
            defer {
                state.writing = entries
                state.entries.removeFirst(entries.count)
                state.tallies = [:]
                state.lost = 0
            }
            return (entries, state.tallies, state.lost)
        }
        var facts = entries.map(\.event)
        if lost > 0 {
            let reason = "they waited for a disk that could not be written, until memory was full or the gate ended"
            facts.append(GateEvent(at: clock.now(), fact: .eventsLost(EventsLost(count: lost, reason: reason))))
        }
        // Started together, so that the ledger commits them together.
        async let counting = count(tallies, in: ledger)
        var failure: LedgerError?
        if !facts.isEmpty {
            do throws(LedgerError) {
                _ = try await ledger.append(facts)
                for entry in entries { entry.durable?() }
                written(facts.contains { $0.fact.isHouseholdExit })
            } catch {
                failure = error
            }
        }
        let uncounted = await counting
        let failed = failure != nil
        keep(entries: failed ? entries : [], tallies: uncounted.tallies, lost: failed ? lost : 0)
        let error = failure ?? uncounted.error
        if let error { report(error) } else { state.withLock { $0.fault = nil } }
        await noteUnwritten()
        return error == nil
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
    private func keep(entries: [Entry], tallies: [WallTime: [Tally]], lost: UInt64) {
        state.withLock { state in
            state.writing = []
            state.entries = entries + state.entries
            state.tallies.merge(tallies) { $1 + $0 }
            state.lost += lost
        }
    }

    /// What is lost if the gate ends now is declared at its next start (principle 19).
    private func noteUnwritten() async {
        // While all is well nothing waits longer than a write takes, and that much is not noted.
        let count = state.withLock { $0.lost &+ ($0.fault == nil ? 0 : UInt64($0.entries.count)) }
        await unwritten.note(count)
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
