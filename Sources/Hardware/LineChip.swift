public import GateModel
public import NIOCore

/// A line that Gatehouse drives.
public struct OutputRequest: Hashable, Sendable {
    public var line: LineAddress
    /// What the line is for. `gpioinfo` and the simulated chip show it.
    public var name: String
    /// Active is the low level.
    public var activeLow: Bool
    /// Whether the line is active when it is taken and when it is given back (principle 3).
    public var safe: Bool

    public init(line: LineAddress, name: String, activeLow: Bool, safe: Bool) {
        self.line = line
        self.name = name
        self.activeLow = activeLow
        self.safe = safe
    }
}

/// A line that Gatehouse watches.
public struct InputRequest: Hashable, Sendable {
    public enum Bias: Hashable, Sendable, CaseIterable {
        /// What the board has.
        case asIs
        case none, pullUp, pullDown
    }

    public enum Edges: Hashable, Sendable, CaseIterable {
        case both
        /// Only those that make the line active: the beginnings of pulses. The kernel's queue then holds twice as many.
        case activation
    }

    public var line: LineAddress
    public var name: String
    /// Active is the low level.
    public var activeLow: Bool
    /// Best effort: some chips refuse it or have none.
    public var bias: Bias
    /// Which edges are told.
    public var edges: Edges

    public init(line: LineAddress, name: String, activeLow: Bool, bias: Bias, edges: Edges = .both) {
        self.line = line
        self.name = name
        self.activeLow = activeLow
        self.bias = bias
        self.edges = edges
    }
}

/// The level of an input: the first one after it was taken, then one for each edge that was asked for. Bounces are told too.
public struct LineEvent: Hashable, Sendable {
    public var line: LineAddress
    /// Whether the line is active.
    public var active: Bool
    /// When the level was so, as the chip or the kernel tells.
    public var at: MonotonicTime
    /// Set where this is no edge but a level that was read, because the line has just been taken or the kernel's queue was
    /// full: edges between then and ``at`` may be missing.
    public var blindSince: MonotonicTime?

    /// It is a level that was read: nothing need have happened.
    public var isInitial: Bool { blindSince != nil }

    public init(line: LineAddress, active: Bool, at: MonotonicTime, blindSince: MonotonicTime? = nil) {
        self.line = line
        self.active = active
        self.at = at
        self.blindSince = blindSince
    }

    /// What a line was found with that nobody watched before.
    static func found(_ line: LineAddress, active: Bool, at time: MonotonicTime) -> LineEvent {
        LineEvent(line: line, active: active, at: time, blindSince: MonotonicTime(nanoseconds: 0))
    }
}

/// Whether a chip can be used.
public enum ChipHealth: Hashable, Sendable {
    /// Every line was taken but those named here, which are tried again. Outputs stand at their safe value: whoever
    /// wants them otherwise has to set them again.
    case found(problems: [LineError])
    /// No line is driven or watched. The chip is tried again.
    case lost(LineError)
}

/// A chip of GPIO lines that is taken again when it was lost.
///
/// Lives on one event loop: use it there, closures are called there. Lines may be requested before and after
/// ``start(onHealth:)``; a request holds until ``release(_:)``, through any loss of the chip.
public protocol LineChip: AnyObject {
    /// The device or socket.
    var path: String { get }

    /// Begins to look for the chip.
    ///
    /// - Parameter onHealth: called when the chip is found, each time lines are taken anew, and when it is lost.
    func start(onHealth: @escaping (ChipHealth) -> Void)

    /// Takes an output with its safe value, now or as soon as the chip is there.
    func requestOutput(_ request: OutputRequest)

    /// Takes an input, now or as soon as the chip is there.
    ///
    /// - Parameter onEvent: also gets the initial level, again after each loss of the chip or of edges.
    func requestInput(_ request: InputRequest, onEvent: @escaping (LineEvent) -> Void)

    /// Tells the edges of an input that the kernel has seen and that the loop has not come to yet.
    ///
    /// For timers that judge silence: on a loop that was busy one may fire before the edges have been read that came in time.
    func tellPending(_ line: LineAddress)

    /// Makes an output active or inactive, in this turn of the loop.
    ///
    /// - Returns: whether the line was driven; `false` while the chip or the line is lost.
    @discardableResult
    func set(_ line: LineAddress, active: Bool) -> Bool

    /// Gives a line back; an output is driven to its safe value before.
    func release(_ line: LineAddress)

    /// A device has come or gone: looks whether the chip is still there, and for a lost one at once, without the rest of the
    /// wait.
    func devicesChanged()

    /// Drives all outputs to their safe values, gives all lines back, and closes the chip for good.
    func stop() -> EventLoopFuture<Void>
}

/// The lines that are to be taken each time the chip is found.
struct WantedLines {
    struct Input {
        var request: InputRequest
        var onEvent: (LineEvent) -> Void
    }

    var outputs: [LineAddress: OutputRequest] = [:]
    var inputs: [LineAddress: Input] = [:]

    /// In order, so that logs of two starts can be compared.
    var sortedOutputs: [OutputRequest] { outputs.values.sorted { $0.line < $1.line } }
    var sortedInputs: [Input] { inputs.values.sorted { $0.request.line < $1.request.line } }
}
