import Foundation
import GateModel
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
    static func run(_ script: String, _ arguments: [String]) throws -> [String] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peer")
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", folder.appending(path: script).path] + arguments
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script) refuses what it was given")
        return text.split(separator: "\n").map(String.init)
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
