import Commissioning
import GateModel
import TrustedFiles

/// `gatehouse commission --verify`: whether a signed report is as it was written.
struct ReportCheck {
    let file: String
    let key: String?

    private struct Found: Encodable {
        var report: CommissioningReport
        var sha256: String
        /// Whether the key was given, and is not just the one that the report names.
        var keyWasGiven: Bool
    }

    func run(json: Bool) throws {
        let trusted = try key.map { text in
            guard let key = TrustedKey(text: text) else {
                throw Trouble("--key is a public key of 64 hexadecimal digits, as the report shows it", .refused)
            }
            return key
        }
        let bytes = try CommissionFiles.read(file)
        let report: CommissioningReport
        do throws(ReportError) {
            report = try CommissioningReport.open(bytes, trusted: trusted)
        } catch {
            throw Trouble("\(file): \(error)", .refused)
        }
        let found = Found(report: report, sha256: FileDigests.sha256(of: bytes), keyWasGiven: trusted != nil)
        try Output.print(found, json: json) {
            """
            gate \(report.gate), commissioned by \(report.operatorName), ended on \(CalendarDate(report.ended))
            \(report.count(.passed)) passed, \(report.count(.failed)) failed, \(report.count(.skipped)) skipped, \
            \(report.missing.count) not done
            SHA-256 \(found.sha256)
            key     \(report.key)

            The signature fits: nobody without the key above has altered the report since it was signed.
            \(meaning)
            It does not show that what stands in it is true: a person saw and said what moved, and whoever is root on the
            gate can sign anything.
            """
        }
    }

    private var meaning: String {
        key == nil
            ? """
            Which gate it is from it does not show: the key is the one that the report names itself. Compare it with the
            gate's, or give that with --key.
            """ : "It is from the gate that has this key."
    }
}
