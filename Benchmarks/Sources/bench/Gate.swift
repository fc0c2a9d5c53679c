import CHarness
import FoundationEssentials

/// A folder with a gate's configuration, its signed files, and the simulated lanes that it drives.
@safe final class Gate {
    /// Lanes with a scanner at the entry.
    let entries: Int
    /// Lanes with a scanner at the exit; they follow the entries. After them comes one lane of a checkpoint.
    let exits: Int

    fileprivate let folder: String
    private let lanes: OpaquePointer

    /// - Parameter list: `nil` for a folder that only the floor runs in.
    init(folder: String, list: SampleList?, entries: Int, exits: Int = 0) throws {
        self.folder = folder
        self.entries = entries
        self.exits = exits
        try FileManager.default.createDirectory(atPath: "\(folder)/state", withIntermediateDirectories: true)
        guard let lanes = unsafe harness_lanes_open(folder, CInt(entries + exits + 1)) else {
            throw Trouble("the lanes in \(folder) cannot be made: \(lastReason()); is the path too long for a socket?")
        }
        unsafe self.lanes = lanes
        if let list {
            try list.install(in: folder)
            try write(Array(configuration.utf8), to: "\(folder)/gate.yaml")
            try write(Array("none".utf8), to: "\(folder)/central.token")
        }
    }

    deinit { unsafe harness_lanes_close(lanes) }

    private var configuration: String {
        // The same people come to the same lanes again and again, and each time is to be a presentation of its own.
        let head = """
            gate: benchmark
            state-directory: state
            control-socket: control.sock
            central:
              url: http://127.0.0.1:9
              token-file: central.token
              deployment: \(SampleList.deployment)
              publisher-key-file: publisher.pub
              root-file: root.json
            deployment-key: {file: deployment.key, epoch: 1}
            documents: {accept-placeholders: true}
            presentations: {repeat-window: 0ms}
            chips:
              main: {kind: simulated, path: chip.sock}
            lanes:

            """
        return (0...entries + exits).reduce(into: head) { text, lane in
            let isExit = (entries..<entries + exits).contains(lane)
            text += """
                  - name: lane-\(lane)
                    site: \(lane == entries + exits ? "checkpoint" : "community-gate")
                    door:
                      lock: {chip: main, line: \(lane)}
                      wiring: energise-to-release
                      release-time: 500ms
                      exit-button: {chip: main, line: \(512 + lane)}
                    access-points:
                      - name: point-\(lane)
                        direction: \(isExit ? "exit" : "entry")
                        readers: [{name: scanner-\(lane), kind: qr-serial, device: pty-\(lane)}]

                """
        }
    }

    /// Runs the daemon on this folder while `body` runs.
    func withDaemon(_ programs: Programs, _ body: (Running) throws -> Void) throws {
        try run(programs.gatehoused, "--config=\(folder)/gate.yaml", "--log-level=warning", body)
    }

    /// Runs the floor on the lanes of this folder while `body` runs.
    func withFloor(_ programs: Programs, _ body: (Running) throws -> Void) throws {
        try run(programs.floor, folder, "\(entries + exits)", body)
    }

    private func run(_ program: String, _ first: String, _ second: String, _ body: (Running) throws -> Void) throws {
        let log = "\(folder)/log"
        let started = harness_now()
        let process = unsafe harness_start(program, first, second, log)
        guard process > 0 else { throw Trouble("\(program) cannot be started: \(lastReason())") }
        defer {
            _ = harness_stop(process)
            // The locks are no longer driven: whoever comes next begins with locked lanes.
            unsafe harness_pass(lanes, 5_000_000)
        }
        do {
            try body(Running(gate: self, process: process, started: started))
        } catch {
            let words = (try? String(contentsOf: URL(filePath: log), encoding: .utf8)) ?? ""
            throw Trouble("\(error); the last words of \(program): \(words.suffix(600))")
        }
    }

    /// A program that drives the lanes.
    struct Running {
        fileprivate let gate: Gate
        let process: CInt
        fileprivate let started: Int64

        /// Milliseconds from the start of the program to the first release of the first lane, while `text` is scanned there.
        func firstRelease(scanning text: String) throws -> Double {
            let time = unsafe harness_first_release(gate.lanes, 0, text, started, 60_000)
            guard time >= 0 else { throw Trouble("no lane was released within a minute") }
            return Double(time) / 1e6
        }

        /// Throws unless the list is in force: a checkpoint refers people in isolation to the attendant.
        func checkList(isolated text: String) throws {
            let lane = CInt(gate.entries + gate.exits)
            guard unsafe harness_first_release(gate.lanes, lane, text, harness_now(), 300) < 0 else {
                throw Trouble("the gate works without its list: somebody in isolation passed a checkpoint")
            }
        }

        /// Microseconds from the last byte of a scan to the release of `lane`.
        func scan(_ text: String, at lane: Int) throws -> Double {
            let time = unsafe harness_scan(gate.lanes, CInt(lane), text)
            guard time >= 0 else { throw Trouble("lane \(lane) was not released within five seconds") }
            return Double(time) / 1e3
        }

        /// Microseconds from the press of the exit button of `lane` to its release.
        func press(at lane: Int) throws -> Double {
            let time = unsafe harness_press(gate.lanes, CInt(lane))
            guard time >= 0 else {
                throw Trouble("lane \(lane) was not released within five seconds of the exit button")
            }
            return Double(time) / 1e3
        }

        /// The ledger's disk does not answer while `body` runs.
        func withStalledLedger(_ body: () throws -> Void) throws {
            guard let stall = unsafe harness_stall_begin("\(gate.folder)/state/ledger.sqlite") else {
                throw Trouble("the ledger cannot be held")
            }
            defer { unsafe harness_stall_end(stall) }
            try body()
        }

        func pass(milliseconds: Double) { unsafe harness_pass(gate.lanes, Int64(milliseconds * 1e6)) }
    }
}
