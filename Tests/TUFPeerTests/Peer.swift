import Foundation
import TestPrograms

/// The scripts that run python-tuf.
enum Peer {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// Runs a script of the folder `Peer`.
    static func run(_ script: String, _ arguments: [String]) async throws -> Program.Outcome {
        try await Program.run(python(), [folder.appending(path: "Peer/\(script)").path] + arguments)
    }

    /// The Python of the environment that `scripts/tuf-peer` makes: at the first use, in about a minute.
    private static func python() async throws -> String {
        let outcome = try await Program.run(
            folder.appending(path: "../../scripts/tuf-peer").standardizedFileURL.path, [])
        guard outcome.status == 0, let path = outcome.lines.last else {
            throw PeerError(description: "scripts/tuf-peer failed: \(outcome.errors)")
        }
        return path
    }
}

struct PeerError: Error, CustomStringConvertible {
    let description: String
}
