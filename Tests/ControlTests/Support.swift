import Control
import GateModel

/// A gate with nothing wrong with it.
enum Healthy {
    static let now = WallTime(secondsSince1970: 1_800_000_000)
    static let lane = LaneID(rawValue: "front-door")
    static let point = AccessPointID(rawValue: "front-in")

    static var status: StatusReport {
        StatusReport(
            gate: "north-gate", softwareVersion: "1.2.3",
            at: TimeStamp(monotonic: MonotonicTime(nanoseconds: 9_000_000_000), wall: now, synchronised: true),
            upSeconds: 7300,
            mandate: MandateStatus(valid: true, reference: "M-1", until: now.advanced(bySeconds: 3 * 86_400)),
            list: ListStatus(version: 12, orders: 345, ageSeconds: 60, freshness: .fresh, lastRefusal: nil),
            lanes: [
                LaneStatus(
                    lane: lane, site: .communityGate, lock: "locked", contact: "closed", alarm: "normal", fire: "none",
                    mode: "controlled", tamper: "unknown", fault: nil)
            ],
            readers: [
                ReaderStatus(
                    reader: ReaderID(rawValue: "card-in"), accessPoint: point, kind: "sdt",
                    device: "/dev/serial/by-id/one",
                    state: .ready, reason: nil, reads: 7, unreadable: 1, stale: 0)
            ],
            ledger: LedgerStatus(epoch: "00000000000000aa", lastSequence: 40, unsent: 2, waiting: 0, fault: nil),
            uplink: UplinkStatus(
                url: "https://central.example", reachable: true, lastSuccessSecondsAgo: 4, lastError: nil),
            acceptsPlaceholders: false)
    }

    static var evidence: Evidence {
        Evidence(
            configurationFile: "/etc/gatehouse/gate.yaml", configurationProblems: [],
            devices: [Evidence.Device(name: "card-in", path: "/dev/serial/by-id/one", trouble: nil)],
            freeBytes: 4 << 30,
            stateDirectory: "/var/lib/gatehouse", clockSynchronised: true, now: now,
            controlSocket: "/run/gatehouse/control.sock",
            status: .success(status))
    }

    /// The evidence of the same gate with another status.
    static func evidence(_ change: (inout StatusReport) -> Void) -> Evidence {
        var status = status
        change(&status)
        var evidence = evidence
        evidence.status = .success(status)
        return evidence
    }
}
