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
        let previous = self.files?.list?.listVersion
        self.files = files
        lastRefusal = nil
        if let time = files.issued ?? files.list?.created { learn(signedAt: time, now) }
        guard let list = files.list, list.listVersion != previous else { return }
        journal.record(.listInstalled(ListInstalled(version: list.listVersion, orders: UInt64(list.count))), at: now)
        listLine("list \(list.listVersion) with \(list.count) orders is in force", now.wall)
    }

    /// The publisher has said at `time` that what is in force is still the last publication.
    func confirm(issued time: WallTime, _ signaturesEnd: SignaturesEnd? = nil) {
        learn(signedAt: time, clock.now())
        files?.issued = time
        files?.signaturesEnd = signaturesEnd
        lastRefusal = nil
    }

    func refused(_ reason: String) {
        let now = clock.now()
        lastRefusal = reason
        journal.record(.listRefused(ListRefused(reason: reason)), at: now)
        listLine("an offer was refused, the old list stays: \(reason)", now.wall)
    }

    /// If the mandate is over (or there is none) the list must go: it is out of memory when this returns `true`, and its
    /// files are to be erased. So are those of a list that could not be opened.
    func dropListWithoutMandate() -> Bool {
        let now = clock.now()
        guard let files, files.list != nil || files.record.base != nil,
            !SignedFileStore.mayHoldList(files.mandate, at: signedTime(now))
        else { return false }
        self.files?.list = nil
        self.files?.record = ListRecord(mandate: files.record.mandate)
        honoured = HonouredReleases()
        journal.record(.mandateEnded(ListErased(version: files.list?.listVersion ?? 0)), at: now)
        listLine("there is no mandate any more: the list is erased and nobody is checked", now.wall)
        return true
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

    /// The list in force, and how much it may be relied upon by `limits`.
    func stamp(at now: WallTime, _ limits: FreshnessLimits) -> (stamp: ListStamp, freshness: Freshness) {
        guard let files, let list = files.list else { return (.none, .expired) }
        let age = now.seconds(since: files.issued ?? list.created)
        return (
            ListStamp(version: list.listVersion, ageSeconds: max(0, age)), Freshness(ageSeconds: age, limits: limits)
        )
    }

    // MARK: Status

    struct Status {
        var lanes: [LaneStatus]
        var readers: [ReaderStatus]
        var thermometers: [ThermometerStatus]
        var watchdogFault: String?
        /// What the gate takes the time to be.
        var time: WallTime
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
        let time = signedTime(now)
        let stamp = stamp(at: time, settings.list)
        // As the strictest access point has it.
        let all = Set(points.values.map { self.stamp(at: time, $0.list).freshness })
        let worst = [Freshness.expired, .stale].first(where: all.contains) ?? .fresh
        let freshness = files?.list == nil ? .none : ListStatus.Freshness(rawValue: worst.rawValue) ?? .none
        let list = ListStatus(
            version: stamp.stamp.version, orders: UInt64(files?.list?.count ?? 0), ageSeconds: stamp.stamp.ageSeconds,
            freshness: freshness, lastRefusal: lastRefusal,
            signaturesEnd: files?.signaturesEnd)
        let mandate = MandateStatus(
            valid: checks(at: time), reference: files?.mandate?.reference, until: files?.mandate?.until)
        let thermometers = self.thermometers.map { point, thermometer in
            let health = thermometer.health(at: now.monotonic)
            return ThermometerStatus(
                accessPoint: point, device: thermometer.settings.serial.device, state: health.state,
                reason: health.reason)
        }
        return Status(
            lanes: lanes, readers: readers,
            thermometers: thermometers.sorted { $0.accessPoint.rawValue < $1.accessPoint.rawValue },
            watchdogFault: watchdogs?.fault, time: time, list: list,
            mandate: mandate, up: now.monotonic.since(startedAt).clampedMilliseconds / 1000)
    }
}
