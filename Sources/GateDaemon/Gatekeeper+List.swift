import Control
import Credentials
import EventStream
import GateModel
import ListStore
import Orders
import Settings
import TrustedFiles

/// The list, the mandate, and how the gate is.
extension Gatekeeper {
    /// Swaps the list. Decisions before this line used the old one, decisions after it the new one.
    func install(_ files: FilesInForce) {
        let now = clock.now()
        let previous = self.files?.book?.listVersion
        self.files = files
        lastRefusal = nil
        guard let book = files.book, book.listVersion != previous else { return }
        journal.record(.listInstalled(ListInstalled(version: book.listVersion, orders: UInt64(book.count))), at: now)
        listLine("list \(book.listVersion) with \(book.count) orders is in force", now.wall)
    }

    func refused(_ reason: String) {
        let now = clock.now()
        lastRefusal = reason
        journal.record(.listRefused(ListRefused(reason: reason)), at: now)
        listLine("an offer was refused, the old list stays: \(reason)", now.wall)
    }

    /// If the mandate is over (or there is none) the list must go: it is out of memory when this returns, and the
    /// manifest that names its file is given back.
    func dropListWithoutMandate() -> Manifest? {
        let now = clock.now()
        guard let files, let book = files.book, !SignedFileStore.mayHoldList(files.mandate, at: now.wall) else {
            return nil
        }
        self.files?.book = nil
        honoured = HonouredReleases()
        journal.record(.mandateEnded(ListErased(version: book.listVersion)), at: now)
        listLine("there is no mandate any more: the list is erased and nobody is checked", now.wall)
        return files.manifest
    }

    func listLine(_ text: String, _ now: WallTime) {
        var line = WatchLine(at: now, what: .list)
        line.detail = text
        watch.publish(line)
    }

    /// No mandate, no check (principle 7). Without the deployment key nobody can be checked either.
    func checks(at now: WallTime) -> Bool {
        identification != nil && files?.mandate?.isValid(at: now) == true
    }

    func stamp(at now: WallTime) -> (stamp: ListStamp, freshness: Freshness) {
        guard let book = files?.book else { return (.none, .expired) }
        let age = now.seconds(since: book.created)
        let limits =
            FreshnessLimits(
                stale: settings.list.staleAfter.clampedMilliseconds / 1000,
                expired: settings.list.expiredAfter.clampedMilliseconds / 1000) ?? .standard
        return (
            ListStamp(version: book.listVersion, ageSeconds: max(0, age)), Freshness(ageSeconds: age, limits: limits)
        )
    }

    // MARK: Status

    struct Status {
        var lanes: [LaneStatus]
        var readers: [ReaderStatus]
        var thermometers: [ThermometerStatus]
        var watchdogFault: String?
        var list: ListStatus
        var mandate: MandateStatus
        /// In seconds.
        var up: Int64
    }

    func status() -> Status {
        let now = clock.now()
        let lanes = settings.lanes.compactMap { lane in
            self.lanes[lane.id].map { shell in
                var status = shell.status(fault: chips?.fault(of: lane.id))
                status.modeUntil = modesInForce[lane.id]?.change.until
                return status
            }
        }
        let readers = self.readers.map { reader in
            let counts = readerCounts[reader.settings.id] ?? ReaderCounts()
            return ReaderStatus(
                reader: reader.settings.id, accessPoint: reader.accessPoint.id, kind: reader.settings.kindWord,
                device: reader.settings.device, state: reader.state, reason: reader.reason, reads: counts.reads,
                unreadable: counts.unreadable, stale: counts.stale, repeated: counts.repeated, slowed: counts.slowed,
                lastReadSecondsAgo: counts.lastReadAt.map { now.monotonic.since($0).clampedMilliseconds / 1000 },
                details: reader.details)
        }
        let stamp = stamp(at: now.wall)
        let freshness: ListStatus.Freshness =
            files?.book == nil ? .none : [.fresh: .fresh, .stale: .stale, .expired: .expired][stamp.freshness] ?? .none
        let list = ListStatus(
            version: stamp.stamp.version, orders: UInt64(files?.book?.count ?? 0), ageSeconds: stamp.stamp.ageSeconds,
            freshness: freshness, lastRefusal: lastRefusal)
        let mandate = MandateStatus(
            valid: checks(at: now.wall), reference: files?.mandate?.reference, until: files?.mandate?.until)
        let thermometers = self.thermometers.map { point, thermometer in
            let health = thermometer.health(at: now.monotonic)
            return ThermometerStatus(
                accessPoint: point, device: thermometer.settings.serial.device, state: health.state,
                reason: health.reason)
        }
        return Status(
            lanes: lanes, readers: readers,
            thermometers: thermometers.sorted { $0.accessPoint.rawValue < $1.accessPoint.rawValue },
            watchdogFault: watchdogs?.fault, list: list,
            mandate: mandate, up: now.monotonic.since(startedAt).clampedMilliseconds / 1000)
    }
}
