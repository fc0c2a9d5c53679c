import ArgumentParser
import Commissioning
import Control
import FoundationEssentials
import GateModel
import Hardware
import Settings
import TrustedFiles

struct CommissionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commission", abstract: "Walk through the lanes, measure, and write a signed report.",
        discussion: """
            Says one thing at a time, waits for it and shows what was measured. 'skip REASON' leaves a step out. Each \
            finished step is saved: Ctrl-C ends the command, and the same command goes on where it ended. Run it as a user \
            who may write to the state directory, where the gate's commissioning key is kept.

            An answers file is a JSON object: "front-door.release.moved": "yes", "*.kill": true (of every lane), \
            "power-loss": "skip: no spare supply". Exit status 1 if a step failed.
            """)
    @OptionGroup var options: CommonOptions

    @Option(help: "Who commissions the gate. Lanes are released under this name.")
    var `operator`: String?

    @Option(help: "The directory for commissioning-GATE.md and commissioning-GATE.json.")
    var report = "."

    @Option(help: "The file that keeps what was found so far; in the report's directory if absent.")
    var state: String?

    @Option(help: "Take the answers from this file, and ask nobody.")
    var answers: String?

    @Option(help: "Only the steps of this lane's own.")
    var lane: String?

    @Option(help: "How many seconds a step waits for somebody to do something (1 to 3600).")
    var wait = 120

    @Flag(help: "Begin anew; with --lane, anew for that lane.")
    var restart = false

    @Flag(help: "Try again what failed or was skipped.")
    var again = false

    @Option(help: "Check a signed report instead.")
    var verify: String?

    @Option(help: "With --verify: the key of the gate that the report must be from, 64 hexadecimal digits.")
    var key: String?

    func validate() throws {
        guard (1...3600).contains(wait) else { throw ValidationError("--wait takes 1 to 3600 seconds") }
        guard key == nil || verify != nil else { throw ValidationError("--key belongs to --verify") }
    }

    func run() async throws {
        try await reporting {
            if let verify { return try ReportCheck(file: verify, key: key).run(json: options.json) }
            let failed = try await commission()
            if failed > 0 { throw ExitCode.refused }
        }
    }

    /// - Returns: how many steps have failed.
    private func commission() async throws -> Int {
        let settings: GateSettings
        do throws(SettingsError) {
            settings = try GateSettings.load(path: options.config)
        } catch {
            throw Trouble("\(error)", .refused)
        }
        let plan = GatePlan(settings, patience: .seconds(wait))
        let only = try lane.map { name in
            guard plan.lanes.contains(where: { $0.lane.rawValue == name }) else {
                let names = plan.lanes.map(\.lane.rawValue).joined(separator: ", ")
                throw Trouble("there is no lane '\(name)'; this gate has \(names)", .refused)
            }
            return LaneID(rawValue: name)
        }
        let client = try ControlClient(options)
        // Asked first: who cannot reach the daemon need not answer anything.
        let status: StatusReport = try await client.get(ControlPath.status)
        guard status.gate == settings.gate else {
            throw Trouble(
                "the daemon that answers is that of gate '\(status.gate)', and \(options.config) is of '\(settings.gate)'",
                .refused)
        }
        let lock = try CommissioningKey.lock(in: settings.stateDirectory)
        defer { extendLifetime(lock) }
        let key = try CommissioningKey.read(orMakeIn: settings.stateDirectory)
        let answers = try answers.map { try CommissionAnswers(file: $0) }
        let place = CommissionFiles(directory: report, gate: settings.gate, state: state)
        let session = try session(settings, place, answers, only)
        try place.save(session)

        let conversation = CommissionConversation(json: options.json, answers: answers)
        var run = CommissionRun(
            client: client, conversation: conversation, gate: settings.gate, operatorName: session.operatorName,
            walk: Commissioning(
                plan: plan, session: session, only: only, run: SystemClock.bootID() ?? "unknown"),
            save: place.save)
        try await run.run()
        let report = CommissioningReport(
            plan: plan, session: run.walk.session, softwareVersion: status.softwareVersion, key: key.trusted)
        conversation.wrote(report, try place.write(report, key))
        return report.count(.failed)
    }

    /// The one to continue, or a new one.
    private func session(
        _ settings: GateSettings, _ place: CommissionFiles, _ answers: CommissionAnswers?, _ only: LaneID?
    ) throws -> CommissioningSession {
        let digest = FileDigests.sha256(of: try CommissionFiles.read(options.config))
        let found = try place.session()
        if restart, found?.powerCutIn != nil {
            throw Trouble(
                "\(place.state): this commissioning waits for the loss of power; go on without --restart, or remove the "
                    + "file to begin anew", .refused)
        }
        if var saved = found, !restart || only != nil {
            guard saved.gate == settings.gate, saved.configurationDigest == digest else {
                throw Trouble(
                    "\(place.state): the configuration has changed since this commissioning began; begin anew with --restart",
                    .refused)
            }
            let name = `operator` ?? answers?["operator"]
            guard name == nil || name == saved.operatorName else {
                throw Trouble(
                    "\(place.state): this commissioning is by \(saved.operatorName); begin anew with --restart",
                    .refused)
            }
            if let only, restart { saved.forget(only) }
            if again { saved.forgetUnpassed(of: only) }
            return saved
        }
        let name =
            if let name = `operator` ?? answers?["operator"] {
                name
            } else if answers == nil {
                CommissionConversation.askForName(json: options.json)
            } else {
                ""
            }
        if let trouble = PlainText.trouble(name, atMost: 100) {
            throw Trouble("who commissions the gate is needed (--operator): \(trouble)", .refused)
        }
        return CommissioningSession(
            gate: settings.gate, operatorName: name, began: SystemClock().now().wall, configurationDigest: digest)
    }
}
