import Commissioning
import Control
import Foundation
import GateModel
import TestSupport
import Testing
import TrustedFiles

@Suite struct ReportTests {
    private let seed = String(repeating: "5a", count: 32)

    private func report() throws -> (CommissioningReport, PublisherKey) {
        let key = try #require(PublisherKey(secretText: seed))
        let plan = GatePlan(
            gate: "north-gate",
            lanes: [
                LanePlan(
                    lane: LaneID(rawValue: "door"), kind: "door", mover: "lock", barring: .unseen,
                    hasExitButton: false, isReleasedByCurrent: true, releaseTime: .seconds(5),
                    debounce: .milliseconds(20), readers: [])
            ], hasFireInput: false)
        var gate = ScriptedGate(plan: plan)
        gate.setLane(ScriptedGate.door) { $0.lane = LaneID(rawValue: "door") }
        gate.refuses = ["door.kill"]
        gate.answers["door.release.moved"] = "no"
        gate.run()
        return (
            CommissioningReport(plan: plan, session: gate.walk.session, softwareVersion: "1.2.3", key: key.trusted), key
        )
    }

    @Test func `a small report in full`() throws {
        let (report, key) = try report()
        let text = report.markdown(file: "commissioning-north-gate.json", digest: "cd34", keyid: key.trusted.keyid)
        #expect(
            text == """
                # Commissioning report of north-gate

                |  |  |
                | --- | --- |
                | gate | north-gate |
                | software | 1.2.3 |
                | commissioned | 2027-01-15 08:00 UTC to 2027-01-15 08:02 UTC |
                | by | tester |
                | configuration | SHA-256 `ab12` |
                | steps | 2 passed, 1 failed, 1 skipped, 1 not done |
                | signed file | `commissioning-north-gate.json`, SHA-256 `cd34` |
                | key of the gate | `0d7550754e0800a5d237eef5826035766b9b3e5a15868a940ab289958788e3b0` (id \
                `790901b82a89fe50`) |

                ## What is open

                - `door.release` failed: the lock moved: no, required is yes
                - `door.kill` skipped: not here
                - `power-loss` not done

                ## Lane door (door)

                | step | measured | required | verdict |
                | --- | --- | --- | --- |
                | Release by name | command to release, recorded first: 8 ms |  |  |
                |  | the lock moved: no | yes | **not ok** |
                | Bounce of the inputs | longest bounce of contact: 3.10 ms | at most 20 ms | ok |
                |  | longest bounce of exit-button: 400 µs | at most 20 ms | ok |
                | Loss of the daemon (SIGKILL) | skipped: not here |  | skipped |

                Not tried: exit button (none is wired), credentials (there is no reader), forced and held open \
                (no contact or passage sensor is wired), fire input (none is wired).

                ## The whole gate

                | step | measured | required | verdict |
                | --- | --- | --- | --- |
                | Event to centre | recorded to confirmed by the centre: 700 ms | at most 5 s | ok |

                ## Beside the standards

                | standard | figure | required | worst of the last attempts | verdict |
                | --- | --- | --- | --- | --- |
                | GB 50396-2007 | read to actuation | at most 2 s | not measured |  |
                | GB 50396-2007 | event to management centre | at most 5 s | 700 ms | ok |

                Read to actuation ends where the output is driven; how long the lock itself takes is not in it. For
                IEC 60839-11-1 no figures are given here: what was measured stands above, without a verdict by \
                that standard.

                ## Without the daemon and without power

                | lane | when it was killed | without the daemon | without power |
                | --- | --- | --- | --- |
                | door | not seen | not seen | not seen |

                Not driven is to be safe. *Released* lets everybody through, out and in, until the daemon or \
                the power is back:
                somebody has to watch the lane. *Locked* keeps the way in shut: the way out must then be one \
                that needs no
                daemon and no power, such as a handle. *Unchanged* is a board that keeps its last level: \
                whoever finds the lane
                released finds it so until the daemon is back, and locked likewise; a relay that falls back is \
                better.

                ## What the signature says

                The file named above is signed with a key that was made on this gate and is kept there. \
                `gatehouse commission
                --verify` shows that nobody without that key has altered the file since, and with `--key` that it \
                is from the gate
                that has it. It does not show that what stands in it is true: what moved was seen and said by the \
                person named
                above, and whoever is root on the gate can sign anything.

                """, "\(text)")
    }

    @Test func `a report is signed, and each flipped byte is noticed`() throws {
        let (report, key) = try report()
        let file = try report.sealed(with: key)
        #expect(try CommissioningReport.open(file, trusted: key.trusted) == report)
        #expect(try CommissioningReport.open(file, trusted: nil) == report)
        for index in file.indices {
            var altered = file
            altered[index] ^= 1
            guard let read = try? CommissioningReport.open(altered, trusted: key.trusted) else { continue }
            // Base64 has bits that stand for nothing; the content is the same then.
            #expect(read == report, "byte \(index)")
        }
    }

    @Test func `a report of another key, one that was never signed and one that is too large are told apart`() throws {
        let (report, key) = try report()
        let file = try report.sealed(with: key)
        let other = PublisherKey()
        #expect(throws: ReportError.foreignKey(expected: other.trusted.keyid, found: key.trusted.keyid)) {
            try CommissioningReport.open(file, trusted: other.trusted)
        }
        #expect(throws: ReportError.notAReport) { try CommissioningReport.open([], trusted: nil) }
        let letter = try SignedEnvelope(signing: [1], as: "text/plain", with: key).json()
        #expect(throws: ReportError.notAReport) { try CommissioningReport.open(letter, trusted: nil) }
        var large = report
        // As much as a hundred lanes take.
        large.missing = Array(repeating: String(repeating: "x", count: 1000), count: 400)
        #expect(try CommissioningReport.open(large.sealed(with: key), trusted: key.trusted) == large)
        large.missing += large.missing
        #expect(throws: ReportError.self) { try large.sealed(with: key) }
    }

    @Test func `nothing in a report begins a cell or a tag of its own`() throws {
        var (report, key) = try report()
        report.operatorName = "a | b <img>\n# c"
        let text = report.markdown(file: "f", digest: "d", keyid: key.trusted.keyid)
        #expect(text.contains(#"| by | a \| b \<img> # c |"#), "\(text)")
    }

    @Test(
        arguments: [
            (0, "0 µs"), (999, "999 µs"), (1000, "1 ms"), (1001, "1.01 ms"), (99_999, "100 ms"), (12_340, "12.4 ms"),
            (2_000_000, "2 s"), (2_000_001, "2.01 s"), (30_020_000, "30.1 s"), (120_000_000, "120 s"),
            (-5, "-5 µs"), (Int64.max, "9223372036855 s"),
        ])
    func `times are rounded up, so that none is shown as the limit it exceeds`(microseconds: Int64, text: String) {
        let json = Data(#"{"what": "x", "microseconds": \#(microseconds)}"#.utf8)
        #expect((try? JSONDecoder().decode(Measure.self, from: json))?.words == text)
    }
}
