import Foundation
import GateModel
import Lanes
import Settings
import Testing

@Suite struct ExampleTests {
    @Test func `the example that ships loads and says what its comments say`() throws {
        let settings = try GateSettings.load(path: "\(Shipped.folder)/gate.example.yaml")
        #expect(settings.gate == "north-gate")
        #expect(settings.statusPage?.host == "127.0.0.1")
        #expect(settings.statusPage?.port == 8080)
        #expect(settings.ledger.deadline == .milliseconds(50))
        #expect(settings.ledger.entryDeadline == .seconds(3))
        #expect(settings.list.expired == 86_400)
        #expect(!settings.documents.acceptPlaceholders)
        #expect(settings.fire?.activeLow == true)
        let lane = try #require(settings.lanes.first)
        #expect(lane.lockWirings == [.lock: .energiseToRelease])
        #expect(lane.sensors[.contact]?.address == 22)
        #expect(lane.exitButton?.bias == .pullUp)
        #expect(lane.accessPoints.map(\.point.direction) == [.entry, .exit])
        let code = try #require(lane.accessPoints.last?.readers.first)
        #expect(code.kindWord == "qr-serial")
        guard case .qrSerial(let serial, _) = code.kind else { return #expect(Bool(false), "\(code.kind)") }
        #expect(serial.rate == 9600)
    }

    @Test func `the policy file that ships is the standard policy`() throws {
        #expect(try PolicyTable.load(path: "\(Shipped.folder)/policy.yaml") == .standard)
    }

    @Test func `without a policy file the standard policy holds`() throws {
        let text = try Shipped.example("policy-file: policy.yaml", "")
        let settings = try GateSettings.parse(text, file: "gate.yaml", folder: "/nowhere")
        for point in settings.lanes.flatMap(\.accessPoints) { #expect(point.policy == .standard) }
    }

    @Test func `an access point may have a policy and limits of its own`() throws {
        let scratch = try Scratch()
        let policy = try Shipped.text("policy.yaml").replacingOccurrences(
            of:
                "case: clear-on-stale-list        # list older than stale-after\n    exit: admit\n    community-gate: admit",
            with: "case: clear-on-stale-list\n    exit: admit\n    community-gate: refer")
        _ = try scratch.write("policy.yaml", Shipped.text("policy.yaml"))
        _ = try scratch.write("careful.yaml", policy)
        let text = try Shipped.example(
            "        direction: entry\n",
            "        direction: entry\n        policy-file: careful.yaml\n        list: {stale-after: 1h}\n")
        let settings = try GateSettings.load(path: scratch.write("gate.yaml", text))
        let points = settings.lanes.flatMap(\.accessPoints)
        #expect(points.map(\.list.stale) == [3600, 21_600] && points.map(\.list.expired) == [86_400, 86_400])
        let row = points[0].policy.rows.first { $0.policyCase == .clearOnStaleList }
        #expect(row?.communityEntry == .refer && points[1].policy == .standard)
    }

    @Test func `relative paths are taken from the folder of the file`() throws {
        let scratch = try Scratch()
        let policy = try Shipped.text("policy.yaml").replacingOccurrences(of: "exit: retry  ", with: "exit: admit  ")
        _ = try scratch.write("policy.yaml", policy)
        let settings = try GateSettings.load(path: scratch.write("gate.yaml", Shipped.text("gate.example.yaml")))
        #expect(settings.central.tokenFile == "\(scratch.path)/central.token")
        #expect(settings.deploymentKey.file == "\(scratch.path)/deployment.key")
        #expect(settings.stateDirectory == "/var/lib/gatehouse")
        #expect(settings.lanes.first?.accessPoints.first?.policy != .standard)
    }

    @Test func `what is left out has its documented default`() throws {
        var text = try Shipped.text("gate.example.yaml")
        for optional in [
            "refresh-every: 60s", "upload-every: 3s", "release-time: 5s", "held-open-after: 30s",
            "held-open-warning: 10s", "relock: on-open", "aim: optional",
        ] {
            text = try #require(text.contains(optional) ? text.replacingOccurrences(of: optional, with: "") : nil)
        }
        let settings = try GateSettings.parse(text, file: "gate.yaml", folder: Shipped.folder)
        #expect(settings.central.refreshEvery == .seconds(60))
        #expect(settings.central.uploadEvery == .seconds(3))
        #expect(settings.lanes.first?.kind == .door(try DoorSettings(hasContact: true)))
    }

    @Test(arguments: [("50ms", 50), ("5s", 5000), ("0.5s", 500), ("1.5m", 90_000), ("1h", 3_600_000)])
    func `a time is a number with its unit`(text: String, milliseconds: Int) throws {
        let settings = try GateSettings.parse(
            try Shipped.example("refresh-every: 60s", "refresh-every: \(text == "50ms" ? "100ms" : text)"),
            file: "gate.yaml", folder: Shipped.folder)
        #expect(settings.central.refreshEvery == .milliseconds(max(100, milliseconds)))
    }
}
