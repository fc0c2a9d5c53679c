/// One thing wrong in a configuration file: where, what, and what was expected.
public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    public var file: String
    /// 1-based; 0 when the whole file is meant.
    public var line: Int
    public var message: String

    public init(file: String, line: Int, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    public var description: String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}

/// All that is wrong in a configuration file; a technician wants to mend it in one go.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public var problems: [Problem]

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
