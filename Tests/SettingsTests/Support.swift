import Foundation
import Settings
import Testing

/// The configuration files that ship with the program.
enum Shipped {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Config").path

    static func text(_ name: String) throws -> String {
        try String(contentsOf: URL(filePath: "\(folder)/\(name)"), encoding: .utf8)
    }

    /// The example with one text in it replaced.
    static func example(_ old: String, _ new: String) throws -> String {
        let text = try text("gate.example.yaml")
        try #require(text.contains(old), "the example has no '\(old)'")
        return text.replacingOccurrences(of: old, with: new)
    }
}

/// What is wrong with a configuration text; empty if nothing is.
func problems(_ text: String, folder: String = Shipped.folder) -> [Problem] {
    do throws(SettingsError) {
        _ = try GateSettings.parse(text, file: "gate.yaml", folder: folder)
        return []
    } catch {
        return error.problems
    }
}

/// The number of the first line that holds `part`.
func line(of part: String, in text: String) throws -> Int {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return try #require(lines.firstIndex { $0.contains(part) }) + 1
}

/// A directory of a test's own, removed with it.
final class Scratch {
    let path = NSTemporaryDirectory() + "settings-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ content: Data) throws -> String {
        try content.write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }
}
