import ArgumentParser
import Control
import GateModel
import Hardware
import Lanes
import Settings

struct LaneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lane", abstract: "Act on a lane, under your name; its hours.",
        subcommands: [LaneRelease.self, LaneReset.self, LaneModeCommand.self, LaneHours.self])
}

/// Who acts on which lane, and why (principle 13).
struct OverrideOptions: ParsableArguments {
    @Argument(help: "The lane.")
    var lane: String

    @Option(help: "Who acts.")
    var `operator`: String

    @Option(help: "Why.")
    var reason: String

    func post(_ path: String, _ request: some Encodable, _ options: CommonOptions, said: String) async throws {
        try await reporting {
            let done: Done = try await ControlClient(options).post(ControlClient.path(path, of: lane), request)
            try Output.print(done, json: options.json) { done.note.map { "recorded; \($0)" } ?? said }
        }
    }
}

struct LaneRelease: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Release a lane once.")
    @OptionGroup var options: CommonOptions
    @OptionGroup var act: OverrideOptions

    @Option(name: .customLong("case"), help: "The case code of a person who was referred to you.")
    var caseCode: String?

    @Option(
        help: "For how many seconds, for whoever needs more time than the lane's own; a minute at most.")
    var seconds: UInt8?

    func validate() throws {
        guard let seconds else { return }
        guard (1...60).contains(seconds) else { throw ValidationError("A lane is released for 1 to 60 seconds.") }
    }

    func run() async throws {
        let request = OverrideRequest(
            operator: act.operator, reason: act.reason, caseCode: caseCode, seconds: seconds)
        try await act.post(ControlPath.release, request, options, said: "recorded and released")
    }
}

struct LaneReset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "End the fire release of a lane, when the fire input is quiet again.")
    @OptionGroup var options: CommonOptions
    @OptionGroup var act: OverrideOptions

    func run() async throws {
        let request = OverrideRequest(operator: act.operator, reason: act.reason)
        try await act.post(
            ControlPath.fireReset, request, options, said: "recorded; the lane works as before the fire")
    }
}

struct LaneModeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mode", abstract: "Give a lane another mode for a time, whatever its hours say.",
        discussion: """
            controlled: who is let through passes. unlocked: everybody passes. entry-locked: nobody enters, everybody may \
            leave. When the time is over the lane's hours count again; a restart does not end it before.
            """)
    @OptionGroup var options: CommonOptions
    @OptionGroup var act: OverrideOptions

    @Argument(
        help: """
            One of \(LaneMode.allCases.map(\.rawValue).joined(separator: ", ")); or \(ModeRequest.byHours), which ends \
            what was set before.
            """)
    var mode: String

    @Option(name: .customLong("for"), help: "For how many minutes, a day at most.")
    var minutes: Int?

    func validate() throws {
        guard mode != ModeRequest.byHours else { return }
        guard let minutes, (1...24 * 60).contains(minutes) else {
            throw ValidationError("Say with --for for how many minutes, from 1 to 1440.")
        }
    }

    func run() async throws {
        let minutes = minutes ?? 0
        let request = ModeRequest(operator: act.operator, reason: act.reason, mode: mode, seconds: minutes * 60)
        let said = mode == ModeRequest.byHours ? "goes by its hours again" : "is \(mode) for \(minutes) min"
        try await act.post(ControlPath.mode, request, options, said: "recorded; \(act.lane) \(said)")
    }
}

struct LaneHours: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hours", abstract: "What mode each lane has by its hours, now or at another time.",
        discussion: "From the configuration file alone; the daemon need not run.")
    @OptionGroup var options: CommonOptions

    @Option(help: "Seconds since 1970; now if absent.")
    var at: Int64?

    struct Hours: Encodable {
        var lane: String
        var local: String
        var mode: String
        var attended: Bool
    }

    func run() async throws {
        try await reporting {
            let settings: GateSettings
            do throws(SettingsError) {
                settings = try GateSettings.load(path: options.config)
            } catch {
                throw Trouble("\(error)", .refused)
            }
            if let zone = settings.timeZone { LocalClock.use(zone: zone) }
            let time = LocalClock.time(at.map { WallTime(secondsSince1970: $0) } ?? SystemClock().now().wall)
            let hours = settings.lanes.map {
                Hours(
                    lane: $0.id.rawValue, local: "\(time)", mode: $0.schedule.mode(at: time).rawValue,
                    attended: $0.schedule.isAttended(at: time))
            }
            try Output.print(hours, json: options.json) {
                Text.table(
                    [["LANE", "LOCAL TIME", "MODE", "ATTENDANT"]]
                        + hours.map { [$0.lane, $0.local, $0.mode, $0.attended ? "there" : "not there"] })
            }
        }
    }
}
