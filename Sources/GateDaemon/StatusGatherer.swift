import Control
import GateModel
import Glibc
import Ledger
import Settings
import Uplink

/// Puts the status report together from those who know.
struct StatusGatherer: Sendable {
    let settings: GateSettings
    let gatekeeper: Gatekeeper
    let journal: Journal
    /// Uploads, and downloads of signed files: reachable means both.
    let uplinks: [UplinkHealth]
    /// Why nobody can be checked, where the deployment key cannot be read.
    var keyFault: String?
    let clock: any TimeSource

    func report() async -> StatusReport {
        let gate = await gatekeeper.status()
        let now = clock.now()
        let uplinks = uplinks.map(\.current)
        return StatusReport(
            gate: settings.gate, softwareVersion: SoftwareVersion.text, at: now, signedTime: gate.time,
            upSeconds: gate.up,
            mandate: gate.mandate,
            list: gate.list, lanes: gate.lanes, readers: gate.readers,
            thermometers: gate.thermometers, ledger: await ledger(),
            uplink: UplinkStatus(
                url: settings.central.url,
                // One that has not called yet says nothing.
                reachable: uplinks.contains(where: \.reachable) && uplinks.allSatisfy { $0.lastError == nil },
                lastSuccessSecondsAgo: uplinks.compactMap(\.lastSuccess).max().map {
                    now.monotonic.since($0).clampedMilliseconds / 1000
                },
                lastError: uplinks.compactMap(\.lastError).first),
            acceptsPlaceholders: settings.documents.acceptPlaceholders, keyFault: keyFault,
            watchdogFault: gate.watchdogFault, processID: getpid())
    }

    private func ledger() async -> LedgerStatus {
        let fault = journal.fault
        var status = LedgerStatus(epoch: "", lastSequence: 0, unsent: 0, waiting: fault.waiting, fault: fault.text)
        guard let ledger = journal.ledger else {
            status.fault = fault.text ?? "the ledger is being opened"
            return status
        }
        // The disk may be the very thing that is ill: who asks how the gate is must be told.
        let asked = await within(.seconds(1)) { () async -> Result<LedgerStatistics, LedgerError> in
            do throws(LedgerError) { return .success(try await ledger.statistics()) } catch { return .failure(error) }
        }
        guard let asked else {
            status.fault = fault.text ?? "the disk does not answer"
            return status
        }
        do throws(LedgerError) {
            let statistics = try asked.get()
            status.epoch = "\(statistics.epoch)"
            status.lastSequence = statistics.nextSequence - 1
            status.unsent = UInt64(statistics.unsent)
            status.setAside = statistics.setAside
        } catch {
            status.fault = "\(error)"
        }
        return status
    }
}
