package import GateModel

/// A line of text between a simulated chip and its clients, over a Unix stream socket. Levels are physical: 0 or 1.
///
/// ```
/// client                        chip
/// output OFFSET LEVEL NAME                               take and drive a line
/// input OFFSET NAME             level OFFSET LEVEL NS    take and watch a line; its level now, then one for each edge
/// set OFFSET LEVEL                                       drive an output
/// release OFFSET                                         give a line back
/// watch                         edge OFFSET LEVEL NS     tell every edge of every line from now on
/// pull OFFSET LEVEL                                      what the line is when nobody drives it
///                               error TEXT               the last request was refused
/// ```
///
/// NS is CLOCK_MONOTONIC in nanoseconds. A client's outputs are no longer driven when its connection ends.
package enum ChipMessage: Hashable, Sendable {
    case output(UInt32, Bool, name: String)
    case input(UInt32, name: String)
    case set(UInt32, Bool)
    case release(UInt32)
    case watch
    case pull(UInt32, Bool)
    case level(UInt32, Bool, MonotonicTime)
    case edge(UInt32, Bool, MonotonicTime)
    case error(String)

    /// Offsets are below this.
    package static let lineCount: UInt32 = 1024

    /// `nil` if `line`, which has no line end, is no message.
    package init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 1)
        guard let verb = words.first else { return nil }
        let rest = words.count > 1 ? words[1] : ""
        // The last field may hold spaces only where it is a name or a text.
        func fields(_ count: Int) -> [Substring]? {
            let fields = rest.split(separator: " ", maxSplits: count - 1, omittingEmptySubsequences: false)
            return fields.count == count ? fields : nil
        }
        switch verb {
        case "output":
            guard let f = fields(3), let offset = Self.offset(f[0]), let level = Self.level(f[1]) else { return nil }
            self = .output(offset, level, name: String(f[2]))
        case "input":
            guard let f = fields(2), let offset = Self.offset(f[0]) else { return nil }
            self = .input(offset, name: String(f[1]))
        case "set", "pull":
            guard let f = fields(2), let offset = Self.offset(f[0]), let level = Self.level(f[1]) else { return nil }
            self = verb == "set" ? .set(offset, level) : .pull(offset, level)
        case "release":
            guard let offset = Self.offset(rest) else { return nil }
            self = .release(offset)
        case "watch":
            guard rest.isEmpty else { return nil }
            self = .watch
        case "level", "edge":
            guard let f = fields(3), let offset = Self.offset(f[0]), let level = Self.level(f[1]),
                let nanoseconds = UInt64(f[2])
            else { return nil }
            let time = MonotonicTime(nanoseconds: nanoseconds)
            self = verb == "level" ? .level(offset, level, time) : .edge(offset, level, time)
        case "error":
            self = .error(String(rest))
        default:
            return nil
        }
    }

    /// The message with its line end.
    package var line: String {
        func bit(_ level: Bool) -> String { level ? "1" : "0" }
        func oneLine(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
        return switch self {
        case .output(let offset, let level, let name): "output \(offset) \(bit(level)) \(oneLine(name))\n"
        case .input(let offset, let name): "input \(offset) \(oneLine(name))\n"
        case .set(let offset, let level): "set \(offset) \(bit(level))\n"
        case .release(let offset): "release \(offset)\n"
        case .watch: "watch\n"
        case .pull(let offset, let level): "pull \(offset) \(bit(level))\n"
        case .level(let offset, let level, let time): "level \(offset) \(bit(level)) \(time.nanoseconds)\n"
        case .edge(let offset, let level, let time): "edge \(offset) \(bit(level)) \(time.nanoseconds)\n"
        case .error(let text): "error \(oneLine(text))\n"
        }
    }

    private static func offset(_ text: Substring) -> UInt32? {
        guard let offset = UInt32(text), offset < lineCount else { return nil }
        return offset
    }

    private static func level(_ text: Substring) -> Bool? {
        switch text {
        case "0": false
        case "1": true
        default: nil
        }
    }
}

/// Cuts a stream of bytes into lines.
package struct LineSplitter: Sendable {
    /// Bytes of a line; what is longer belongs to no message.
    package static let longestLine = 512

    private var held: [UInt8] = []
    private var isTooLong = false

    package init() {}

    /// The lines that `bytes` complete, without their ends. One that is too long is left out.
    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if !isTooLong { lines.append(String(decoding: held, as: UTF8.self)) }
                held.removeAll(keepingCapacity: true)
                isTooLong = false
            } else if held.count < Self.longestLine {
                held.append(byte)
            } else {
                isTooLong = true
            }
        }
        return lines
    }
}
