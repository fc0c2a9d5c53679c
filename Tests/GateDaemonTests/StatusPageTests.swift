import Control
import GateModel
import Testing
import Uplink

@testable import GateDaemon

@Suite(.timeLimit(.minutes(1))) struct StatusPageTests {
    private func page(_ change: (inout StatusReport) -> Void) async throws -> String {
        var text = ""
        try await TestGate.with { gate in
            try await gate.install()
            let status = StatusGatherer(
                settings: gate.settings, gatekeeper: gate.gatekeeper, journal: gate.journal, uplinks: [UplinkHealth()],
                clock: gate.clock)
            for number in [Person.isolated, Person.exposed] { try await gate.scan(number, at: TestGate.checkIn) }
            var report = await status.report()
            change(&report)
            text = StatusPage(status: status).html(report)
        }
        return text
    }

    @Test func `names are escaped`() async throws {
        let text = try await page { report in
            report.gate = #"<script>alert("x")</script>"#
            report.lanes[0].lane = LaneID(rawValue: "a<b&c>")
            report.lanes[0].fault = "<img src=x>"
        }
        #expect(!text.contains("<script>") && !text.contains("<img") && !text.contains("a<b"))
        #expect(text.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"))
        #expect(text.contains("a&lt;b&amp;c&gt;"))
    }

    @Test func `principle 11: the page shows how the gate is and nothing about anyone`() async throws {
        let text = try await page { _ in }
        #expect(text.contains("Checking: on"))
        #expect(text.contains("version 7, 60 s old (fresh)"))
        #expect(text.contains("The exit button is always free."))
        for word in PolicyCase.allCases.map(\.rawValue) + [
            "refer", "tier", "household", "order", Person.isolated, Person.exposed,
        ]
        where !["clear", "unreadable"].contains(word) {
            #expect(!text.lowercased().contains(word), "\(word)")
        }
    }

    @Test func `principle 7: the page says that nobody is checked without a mandate`() async throws {
        let unchecked = try await page { $0.mandate.valid = false }
        #expect(unchecked.contains("there is no valid mandate"))
        let burning = try await page { $0.lanes[0].fire = "latched" }
        #expect(burning.contains("released by fire input"))
    }
}
