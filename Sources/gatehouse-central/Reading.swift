import ArgumentParser
import Central

struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what the gates reported.")

    @OptionGroup var data: DataOption

    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(help: "Only of this gate.")
    var gate: String?

    @Option(help: "Only events with a higher number in their stream.")
    var after: UInt64 = 0

    @Flag(help: "Show the household exits that were alerted.")
    var alerts = false

    @Flag(help: "Show what a person must look at: forks, new epochs, alerts that differ from their event.")
    var alarms = false

    func validate() throws {
        guard !(alerts && alarms) else { throw ValidationError("Choose --alerts or --alarms.") }
    }

    func run() throws {
        let store = try data.directory.openStore()
        if !json { print(alarms ? Alarm.heading : StoredEvent.heading) }
        if alarms {
            for alarm in try store.alarms(of: gate) { print(json ? alarm.json() : alarm.line) }
        } else if alerts {
            for alert in try store.alerts(of: gate) { print(json ? alert.json() : alert.line) }
        } else {
            try store.forEachEvent(of: gate, after: after) { print(json ? $0.json() : $0.line) }
        }
    }
}

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the chain of every stream. The exit status is 1 if one is broken.")

    @OptionGroup var data: DataOption

    func run() throws {
        let (streams, events) = try data.directory.openStore().verify()
        print("\(events) events in \(streams) streams, no fault.")
    }
}
