/// What a relay of a reader is to do (OUT): output, action, time (2 bytes).
public struct OSDPOutput: Hashable, Sendable {
    public enum Action: UInt8, Hashable, Sendable, CaseIterable {
        case nothing = 0
        /// For good; a time that runs ends.
        case off = 1
        /// For good; a time that runs ends.
        case on = 2
        /// For good, once the time that runs is over.
        case offAfterTime = 3
        /// For good, once the time that runs is over.
        case onAfterTime = 4
        /// For the given time, then as before. The right one for a door: it closes even if the panel dies.
        case onForTime = 5
        /// For the given time, then as before.
        case offForTime = 6
    }

    static let length = 4

    /// Counted from 0.
    public var output: UInt8
    public var action: Action
    /// In units of 100 ms; 0 = without end.
    public var time: UInt16

    public init(output: UInt8, action: Action, time: UInt16 = 0) {
        self.output = output
        self.action = action
        self.time = time
    }

    func append(to out: inout [UInt8]) {
        out.append(output)
        out.append(action.rawValue)
        out.append(littleEndian: UInt32(time), bytes: 2)
    }

    static func all(in data: Span<UInt8>) -> [OSDPOutput]? {
        guard data.count > 0, data.count.isMultiple(of: length) else { return nil }
        var outputs: [OSDPOutput] = []
        for start in stride(from: 0, to: data.count, by: length) {
            guard let action = Action(rawValue: data[start + 1]) else { return nil }
            let time = UInt16(data[start + 2]) | UInt16(data[start + 3]) << 8
            outputs.append(OSDPOutput(output: data[start], action: action, time: time))
        }
        return outputs
    }
}
