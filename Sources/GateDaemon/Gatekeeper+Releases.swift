import Control
import Credentials
import EventStream
import GateModel
import Lanes
import Settings
import TrustedFiles

/// Signed releases: shown ahead of the document, and remembered until they end (principle 10).
extension Gatekeeper {
    func honourReleases(signedBy key: TrustedKey) {
        releaseKey = [UInt8](hex: key.text).flatMap { COSEPublicKey(ed25519: $0) }
    }

    func forgetReleases() { honoured.forget(at: time()) }

    /// Whether a text is taken as a release. Where nobody is checked there is nothing to lift, and any code is as good.
    func isRelease(_ text: String) -> Bool { Release.isRelease(text) && checks(at: time()) }

    /// Honours a release, or asks for it again as for anything that cannot be used. It moves no lane: the document has to
    /// follow. `nil` if the read was too old to act upon.
    @discardableResult
    func take(release text: String, from reader: ReaderID?, at id: AccessPointID, readAt: MonotonicTime) -> Result? {
        let now = clock.now()
        let time = signedTime(now)
        guard let point = points[id]?.point, let identification else { return nil }
        do throws(ReleaseError) {
            let release = try Release.open(
                text, trusted: [releaseKey].compactMap(\.self), deployment: settings.central.deployment,
                keyEpoch: identification.key.epoch)
            try release.check(at: time)
            guard isFresh(readAt, from: reader, now.monotonic) else { return nil }
            if try honoured.honour(release, at: time) {
                let fact = ReleaseHonoured(
                    accessPoint: id, release: release.id, order: release.order, until: release.expires)
                journal.record(.releaseHonoured(fact), at: now)
            }
            return accepted(release, from: reader, at: point, now)
        } catch {
            return refuse(error, from: reader, at: id, readAt: readAt)
        }
    }

    private func accepted(
        _ release: Release, from reader: ReaderID?, at point: AccessPoint, _ now: TimeStamp
    ) -> Result {
        points[point.id]?.watch.expectAgain()
        let words =
            "a release is honoured for \(Text.age(release.expires.seconds(since: signedTime(now)))); the document next"
        var line = WatchLine(at: now.wall, what: .release)
        line.lane = point.lane
        line.accessPoint = point.id
        line.direction = point.direction
        line.detail = words
        watch.publish(line)
        if let reader {
            note(words, of: reader)
            show(.next, on: reader)
        }
        let decision = Decision(
            outcome: .retry, policyCase: .unreadable, reports: false, advises: false,
            list: stamp(at: signedTime(now), settings.list).stamp)
        return Result(decision: decision, explanation: words)
    }

    private func refuse(
        _ error: ReleaseError, from reader: ReaderID?, at id: AccessPointID, readAt: MonotonicTime
    ) -> Result? {
        let result = present(.qrCode, from: reader, at: id, readAt: readAt, detail: error.description) { _, _ in
            .unreadable(.releaseRefused)
        }
        let now = clock.now()
        let last = points[id]?.releaseRefusedAt
        guard result != nil, last.map({ now.monotonic.since($0) >= Self.attemptsTogether }) ?? true else {
            return result
        }
        points[id]?.releaseRefusedAt = now.monotonic
        journal.record(.releaseRefused(ReleaseRefused(accessPoint: id, reason: error.description)), at: now)
        return result
    }
}
