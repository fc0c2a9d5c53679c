import Foundation

/// The scripts that run python-tuf.
enum Peer {
    struct Outcome {
        var status: CInt
        var lines: [String]
        var errors: String
    }

    /// Where the programs were built: beside the tests, or in `PROGRAMS`.
    private static let programs: URL =
        ProcessInfo.processInfo.environment["PROGRAMS"].map { URL(filePath: $0) }
        ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// The program under test.
    static var client: String { programs.appending(path: "gatehouse-tuf").path }

    /// Runs a script of the folder `Peer`.
    static func run(_ script: String, _ arguments: [String]) throws -> Outcome {
        try start(URL(filePath: try python()), [folder.appending(path: "Peer/\(script)").path] + arguments)
    }

    /// Runs one of the programs.
    static func run(program: String, _ arguments: [String]) throws -> Outcome {
        try start(programs.appending(path: program), arguments)
    }

    /// The Python of the environment that `scripts/tuf-peer` makes: at the first use, in about a minute.
    private static func python() throws -> String {
        let script = folder.appending(path: "../../scripts/tuf-peer").standardizedFileURL
        let outcome = try start(script, [])
        guard outcome.status == 0, let path = outcome.lines.last else {
            throw PeerError(description: "scripts/tuf-peer failed: \(outcome.errors)")
        }
        return path
    }

    private static func start(_ program: URL, _ arguments: [String]) throws -> Outcome {
        let errors = FileManager.default.temporaryDirectory.appending(path: "tuf-peer-\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: errors) }
        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, lines: text.split(separator: "\n").map(String.init),
            errors: (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
    }
}

struct PeerError: Error, CustomStringConvertible {
    let description: String
}
