import Control
import EventStream
import GateModel
import Glibc
import Hardware
import Ledger
import Logging
import NIOCore
import ServiceLifecycle
import Uplink

/// A part that the gate can do without for a while: when it fails it is started again, and nothing else notices.
struct Persistent: Service {
    let name: String
    let log: Logger
    let body: @Sendable () async throws -> Void

    init(name: String, log: Logger, body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.log = log
        self.body = body
    }

    func run() async throws {
        var lastTrouble: String?
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await body()
                lastTrouble = nil
            } catch is CancellationError {
                return
            } catch {
                // The same trouble is told once.
                if lastTrouble != "\(error)" { log.error("\(name): \(error)") }
                lastTrouble = "\(error)"
            }
            guard !Task.isShuttingDownGracefully else { return }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(5)) }
        }
    }
}

/// Opens the ledger and writes what the lanes hand over. All but the lines stop before it.
struct JournalService: Service {
    /// How long a stop waits for the disk.
    static let patience = Duration.seconds(3)

    let journal: Journal
    let log: Logger
    let opened: EventLoopPromise<Ledger>
    let clock: any TimeSource

    func run() async throws {
        let ledger: Ledger
        do {
            ledger = try await cancelWhenGracefulShutdown { try await journal.open() }
        } catch {
            opened.fail(error)
            return
        }
        let started = GateStarted(
            softwareVersion: SoftwareVersion.text, boot: SystemClock.bootID() ?? "unknown",
            afterOrderlyStop: ledger.opening.lastWasOrderly)
        journal.record(.gateStarted(started), at: clock.now())
        opened.succeed(ledger)
        let writing = Task { await journal.run(into: ledger) }
        try? await gracefulShutdown()
        journal.finish()
        if await within(Self.patience, { await writing.value }) == nil {
            log.critical("the disk does not answer: \(journal.fault.waiting) events are lost with this stop")
        }
    }
}

/// Gives the lines back at the very end: until then exit buttons and fire work, however long the rest of a stop takes.
struct LineService: Service {
    let gatekeeper: Gatekeeper

    func run() async throws {
        try? await gracefulShutdown()
        for line in await gatekeeper.giveLinesBack() { try? await line.get() }
        let fireLatch = gatekeeper.fireLatch
        _ = await within(.seconds(1)) { await fireLatch.written() }
    }
}

/// Begins the lanes' hours, reads the stored list, starts the readers, and ends what the lanes had begun.
struct LaneService: Service {
    /// How long the hours wait to be told what mode the lanes had before: a disk may not answer.
    static let patience = Duration.seconds(1)

    let gatekeeper: Gatekeeper
    let files: FileService
    let log: Logger

    func run() async throws {
        let restored = Task { [gatekeeper, log] in
            let found = await gatekeeper.modeStore.read()
            if case .unreadable(let reason) = found {
                log.error(
                    "\(reason). The lanes' hours count, and the central service changes no mode for ten minutes")
            }
            await gatekeeper.restore(found)
        }
        _ = await within(Self.patience) { await restored.value }
        await gatekeeper.startHours()
        await files.load()
        await gatekeeper.startReaders()
        try? await gracefulShutdown()
        await gatekeeper.stop()
    }
}

/// Ends the process when a stop takes too long, as with a disk that never answers. The kernel gives the lines back.
struct StopDeadline: Service {
    static let patience = Duration.seconds(12)

    let log: Logger

    func run() async throws {
        try? await gracefulShutdown()
        Task.detached { [log] in
            try await Task.sleep(for: Self.patience)
            log.critical(
                "the stop took too long and is cut off; what could not be written is declared at the next start")
            _exit(EX_SOFTWARE)
        }
    }
}

/// What is done now and then: counts of past quarters become events, old events go, the list ends with its mandate.
struct Housekeeping: Service {
    let gatekeeper: Gatekeeper
    let files: FileService
    let ledger: @Sendable () -> Ledger?
    let clock: any TimeSource
    let log: Logger

    /// A round lasts five seconds: old events are looked for once an hour.
    static let roundsBetweenErasures = 720

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var number = 0
            while true {
                await round(number)
                number += 1
                try await Task.sleep(for: .seconds(5))
            }
        }
    }

    /// - Parameter number: counts up from 0.
    func round(_ number: Int) async {
        await gatekeeper.forgetReleases()
        if await gatekeeper.dropListWithoutMandate() { await files.eraseList() }
        await keepLedger(erasing: number.isMultiple(of: Self.roundsBetweenErasures))
    }

    private func keepLedger(erasing: Bool) async {
        guard let ledger = ledger() else { return }
        do throws(LedgerError) {
            let now = clock.now()
            _ = try await ledger.closeQuarters(before: now.wall, at: now)
            if erasing { _ = try await ledger.eraseConfirmed(now: now.wall) }
        } catch {
            log.warning("\(error)")
        }
    }
}
