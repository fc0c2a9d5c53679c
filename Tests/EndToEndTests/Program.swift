import Foundation
import Synchronization

/// One of the project's programs, started for real.
final class Program: Sendable {
    /// Where the programs were built: beside the tests, or in `PROGRAMS`.
    static let directory: URL =
        ProcessInfo.processInfo.environment["PROGRAMS"].map { URL(filePath: $0) }
        ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

    private let process = Process()
    private let input = Pipe()
    private let exited: AsyncStream<Int32>
    /// What was printed on standard output, line by line.
    let lines: AsyncStream<String>

    /// - Parameter log: where standard error goes; standard output too if `keepsOutput` is false.
    init(
        _ name: String, _ arguments: [String], log: URL, keepsOutput: Bool = false, in directory: URL = directory
    ) throws {
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        let output = Pipe()
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        let (exited, exit) = AsyncStream.makeStream(of: Int32.self)
        self.exited = exited
        process.executableURL = directory.appending(path: name)
        process.arguments = arguments
        process.standardInput = input
        process.standardError = handle
        if keepsOutput {
            process.standardOutput = output
            let pending = Mutex(Data())
            output.fileHandleForReading.readabilityHandler = { handle in
                let data = handle.availableData
                guard !data.isEmpty else {
                    handle.readabilityHandler = nil
                    continuation.finish()
                    return
                }
                pending.withLock { pending in
                    pending += data
                    while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                        continuation.yield(String(decoding: pending[pending.startIndex..<end], as: UTF8.self))
                        pending = Data(pending[pending.index(after: end)...])
                    }
                }
            }
        } else {
            process.standardOutput = handle
            continuation.finish()
        }
        process.terminationHandler = { process in
            exit.yield(process.terminationStatus)
            exit.finish()
        }
        try process.run()
    }

    var identifier: Int32 { process.processIdentifier }

    func send(_ line: String) { input.fileHandleForWriting.write(Data("\(line)\n".utf8)) }

    /// Ends the program with a signal and gives its exit status.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) async -> Int32 {
        kill(process.processIdentifier, signal)
        return await exitStatus()
    }

    /// The exit status, once the program has ended.
    func exitStatus() async -> Int32 {
        for await status in exited { return status }
        return process.terminationStatus
    }

    /// Runs a program to its end.
    static func run(_ name: String, _ arguments: [String], input: String? = nil) async throws -> (
        status: Int32, output: String
    ) {
        let log = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let program = try Program(name, arguments, log: log)
        if let input { program.send(input) }
        try program.input.fileHandleForWriting.close()
        for await status in program.exited { return (status, try String(contentsOf: log, encoding: .utf8)) }
        return (-1, "")
    }
}

/// A thing that must come true soon was not so in time.
struct Timeout: Error, CustomStringConvertible {
    let description: String
}

/// Asks again until `condition` holds. Real programs are watched from outside here; there is nothing to inject a clock into.
func eventually(
    _ what: String, within limit: Duration = .seconds(30), every pause: Duration = .milliseconds(50),
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: limit)
    while try await !condition() {
        guard clock.now < end else { throw Timeout(description: "\(what) did not come within \(limit)") }
        try await clock.sleep(for: pause)
    }
}
