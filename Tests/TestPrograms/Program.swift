public import Foundation
import Subprocess
import SystemPackage

/// A real program, started for a test: one of the project's, or any other by its path.
///
/// Foundation's `Process` is not used: among some thousand starts one fails for a descriptor that was closed twice, or its
/// end is never told.
public final class Program: Sendable {
    /// Where the programs were built: beside the tests, or in `PROGRAMS`.
    private static let directory: String =
        ProcessInfo.processInfo.environment["PROGRAMS"]
        ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path

    /// What was printed on standard output, line by line, if it was kept.
    public let lines: AsyncStream<String>
    public let identifier: Int32
    private let input: AsyncStream<String>.Continuation
    private let ended: Task<CInt, any Error>

    /// - Parameters:
    ///   - name: the name of one of the project's programs, or a path.
    ///   - log: where standard error goes; standard output too if `keepsOutput` is false.
    public init(_ name: String, _ arguments: [String], log: URL, keepsOutput: Bool = false) async throws {
        let file = try FileDescriptor.open(
            FilePath(log.path), .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let (commands, input) = AsyncStream.makeStream(of: String.self)
        let (started, start) = AsyncStream.makeStream(of: pid_t.self)
        let executable = Self.executable(name)
        ended = Task {
            defer {
                start.finish()
                line.finish()
            }
            guard keepsOutput else {
                line.finish()
                let result = try await Subprocess.run(
                    executable, arguments: Arguments(arguments), input: .none,
                    output: .fileDescriptor(file, closeAfterSpawningProcess: true), error: .combinedWithOutput
                ) {
                    start.yield($0.processIdentifier.value)
                    start.finish()
                }
                return result.terminationStatus.number
            }
            let result = try await Subprocess.run(
                executable, arguments: Arguments(arguments), input: .inputWriter, output: .sequence,
                error: .fileDescriptor(file, closeAfterSpawningProcess: true)
            ) { execution in
                start.yield(execution.processIdentifier.value)
                start.finish()
                let writer = execution.standardInputWriter
                let writing = Task { for await command in commands { _ = try await writer.write("\(command)\n") } }
                for try await text in execution.standardOutput.strings() { line.yield(text) }
                writing.cancel()
                _ = await writing.result
            }
            return result.terminationStatus.number
        }
        self.lines = lines
        self.input = input
        var identifier: pid_t?
        for await started in started { identifier = started }
        guard let identifier else { throw Timeout(description: "\(name) did not start: \(await ended.result)") }
        self.identifier = identifier
    }

    /// - Parameter name: the name of one of the project's programs, or a path.
    public static func path(of name: String) -> String { name.contains("/") ? name : "\(directory)/\(name)" }

    private static func executable(_ name: String) -> Executable { .path(FilePath(path(of: name))) }

    /// Writes a line to its standard input; only with `keepsOutput`.
    public func send(_ line: String) { input.yield(line) }

    /// Ends the program with a signal and gives its exit status.
    @discardableResult
    public func end(_ signal: CInt = SIGTERM) async -> CInt {
        kill(identifier, signal)
        return await exitStatus()
    }

    /// The exit status, once the program has ended. Who no longer waits for it kills it.
    public func exitStatus() async -> CInt {
        await withTaskCancellationHandler {
            (try? await ended.value) ?? -1
        } onCancel: {
            kill(identifier, SIGKILL)
        }
    }

    /// What a program that ran to its end left.
    public struct Outcome: Sendable {
        /// Exit status, or the signal that ended it.
        public var status: CInt
        public var output: String
        public var errors: String
        /// All that it printed.
        public var said: String { output + errors }
        public var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// Runs a program to its end.
    public static func run(_ name: String, _ arguments: [String], input: String = "") async throws -> Outcome {
        let result = try await Subprocess.run(
            executable(name), arguments: Arguments(arguments), input: .string(input),
            output: .string(limit: 64 << 20), error: .string(limit: 64 << 20))
        return Outcome(
            status: result.terminationStatus.number, output: result.standardOutput, errors: result.standardError)
    }
}

extension TerminationStatus {
    fileprivate var number: CInt {
        switch self {
        case .exited(let number), .signaled(let number): number
        }
    }
}

/// A thing that must come true soon was not so in time.
public struct Timeout: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}

/// Asks again until `condition` holds. Real programs are watched from outside here; there is nothing to inject a clock into.
public func eventually(
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
