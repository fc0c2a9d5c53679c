import ArgumentParser
import Central
import GateModel

struct Lane: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Act on a lane of a gate, under your name.", subcommands: [Mode.self])

    struct Mode: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a lane another mode for a time, whatever its hours say.",
            discussion: """
                controlled: who is let through passes. unlocked: everybody passes. entry-locked: nobody enters, everybody \
                may leave. The change is signed and the gate takes it when it next asks, within minutes or not at all: one \
                that could not be fetched for \(ModeChange.latestArrivalSeconds / 60) minutes moves nothing any more. The \
                gate's events tell whether it was carried out.
                """)

        @OptionGroup var data: DataOption

        @Argument(help: "The gate's name.")
        var gate: String

        @Argument(help: "The lane's name there.")
        var lane: String

        @Argument(help: "One of \(LaneMode.allCases.map(\.rawValue).joined(separator: ", ")).")
        var mode: String

        @Option(name: .customLong("for"), help: "For how many minutes, a day at most.")
        var minutes: Int

        @Option(help: "Who acts.")
        var `operator`: String

        @Option(help: "Why.")
        var reason: String

        func validate() throws {
            guard LaneMode(rawValue: mode) != nil else {
                throw ValidationError("There is no mode '\(mode)'.")
            }
            guard (1...24 * 60).contains(minutes) else { throw ValidationError("A mode lasts 1 to 1440 minutes.") }
        }

        func run() throws {
            guard let mode = LaneMode(rawValue: mode) else { return }
            let change = try ModeChangePublisher(directory: data.directory).publish(
                gate: gate, lane: LaneID(rawValue: lane), mode: mode, operator: `operator`, reason: reason,
                seconds: Int64(minutes) * 60, at: .now())
            print("Signed change \(change.id): lane \(lane) of \(gate) is \(mode.rawValue) until \(change.until.text).")
        }
    }
}
