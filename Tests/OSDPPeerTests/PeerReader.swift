import Foundation

/// The independent reader (libosdp), a process of its own at a terminal.
final class PeerReader {
    /// What it printed, and when, in lines.
    private(set) var lines: [String] = []

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var pending: [UInt8] = []

    /// - Parameter arguments: as `Peer/reader.py` says.
    init(device: String, arguments: [String]) throws {
        process.executableURL = URL(filePath: try Self.python.get())
        process.arguments =
            [URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peer/reader.py").path, device]
            + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // Otherwise the end of the output would never be seen.
        try output.fileHandleForWriting.close()
    }

    var outputDescriptor: CInt { output.fileHandleForReading.fileDescriptor }

    /// Call it when there is something to read.
    ///
    /// - Returns: the lines that came.
    func readLines() -> [String] {
        pending += output.fileHandleForReading.availableData
        var new: [String] = []
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            new.append(String(decoding: pending[..<end], as: UTF8.self))
            pending.removeFirst(end + 1)
        }
        lines += new
        return new
    }

    func tell(_ line: String) { input.fileHandleForWriting.write(Data("\(line)\n".utf8)) }

    /// As if its power was cut.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
    }

    deinit { kill() }

    /// The Python of the environment that `scripts/osdp-peer` makes: at the first use, in about a minute.
    private static let python = Result {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/osdp-peer")
        let process = Process()
        let output = Pipe()
        process.executableURL = script.standardizedFileURL
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard let path = text.split(separator: "\n").last else {
            throw PeerError(description: "scripts/osdp-peer failed: run it by hand and see what it says")
        }
        return String(path)
    }
}

struct PeerError: Error, CustomStringConvertible {
    let description: String
}
