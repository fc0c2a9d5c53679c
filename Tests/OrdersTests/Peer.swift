import Foundation
import GateModel
import TestPrograms
import Testing

/// The readers in another language, and how they write what they find.
enum Peer {
    static func text(_ token: UInt64) -> String {
        let digits = String(token, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func text(_ order: Order) -> String {
        let kind = if case .exposure(let tier) = order.kind { tier.rawValue } else { UInt8(0) }
        let household = text(order.household.rawValue)
        return
            "\(kind) \(order.reason.rawValue) \(order.ends.secondsSince1970) \(household) \(order.reference.rawValue)"
    }

    /// What `script` prints.
    static func run(_ script: String, _ arguments: [String]) async throws -> [String] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peer")
        let outcome = try await Program.run(
            "/usr/bin/env", ["python3", "-B", folder.appending(path: script).path] + arguments)
        try #require(outcome.status == 0, "\(script) refuses what it was given: \(outcome.errors)")
        return outcome.lines
    }
}

/// A folder for the files of one test.
struct ScratchFolder {
    private let url = FileManager.default.temporaryDirectory.appending(path: "orders-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false) }

    /// Writes a file and gives its path.
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = url.appending(path: name)
        try Data(bytes).write(to: file)
        return file.path
    }

    func remove() { try? FileManager.default.removeItem(at: url) }
}
