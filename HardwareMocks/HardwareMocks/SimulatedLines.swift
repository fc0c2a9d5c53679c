public import GateModel

/// A change of a line's physical level.
public struct LineEdge: Hashable, Sendable {
    public var offset: UInt32
    /// Physical: `true` is 1.
    public var level: Bool
    /// `CLOCK_MONOTONIC`.
    public var at: MonotonicTime
}

/// The lines of a simulated chip: who holds them and what level they have. A value without sockets.
///
/// A line that is driven has its driver's level; any other has its pull, 0 at first.
struct SimulatedLines {
    /// Names a client for as long as it is connected.
    struct Client: Hashable {
        var number: UInt64
    }

    private struct Line {
        var pull = false
        var holder: Client?
        var name = ""
        /// `nil` unless the holder drives it.
        var driven: Bool?
        var level: Bool { driven ?? pull }
    }

    private var lines: [UInt32: Line] = [:]

    func level(_ offset: UInt32) -> Bool { lines[offset]?.level ?? false }

    /// Who is told of the line's edges because it took it as an input.
    func watcher(_ offset: UInt32) -> Client? {
        guard let line = lines[offset], line.driven == nil else { return nil }
        return line.holder
    }

    /// The name under which a line is held, `nil` if nobody holds it.
    func holderName(_ offset: UInt32) -> String? { lines[offset].flatMap { $0.holder == nil ? nil : $0.name } }

    /// - Returns: whether the level changed.
    mutating func pull(_ offset: UInt32, _ level: Bool) -> Bool {
        change(offset) { $0.pull = level }
    }

    /// - Parameter level: what the client drives, `nil` if it only watches.
    /// - Returns: whether the level changed.
    mutating func take(_ offset: UInt32, name: String, driving level: Bool?, by client: Client) throws(Refusal) -> Bool
    {
        if let line = lines[offset], let holder = line.holder, holder != client {
            throw Refusal(text: "line \(offset) is held as \(line.name)")
        }
        return change(offset) {
            $0.holder = client
            $0.name = name
            $0.driven = level
        }
    }

    /// - Returns: whether the level changed.
    mutating func set(_ offset: UInt32, _ level: Bool, by client: Client) throws(Refusal) -> Bool {
        guard let line = lines[offset], line.holder == client, line.driven != nil else {
            throw Refusal(text: "line \(offset) is not held as an output")
        }
        return change(offset) { $0.driven = level }
    }

    /// - Returns: whether the level changed; a line of somebody else stays as it is.
    mutating func release(_ offset: UInt32, by client: Client) -> Bool {
        guard lines[offset]?.holder == client else { return false }
        return change(offset) {
            $0.holder = nil
            $0.driven = nil
        }
    }

    /// The lines that a client holds.
    func held(by client: Client) -> [UInt32] {
        lines.filter { $0.value.holder == client }.keys.sorted()
    }

    private mutating func change(_ offset: UInt32, _ body: (inout Line) -> Void) -> Bool {
        let before = level(offset)
        body(&lines[offset, default: Line()])
        return level(offset) != before
    }
}

/// Why a simulated chip did not do what it was asked.
struct Refusal: Error {
    var text: String
}
