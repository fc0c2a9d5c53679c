public import GateModel

/// What has been found so far: all that a commissioning needs to be continued later.
public struct CommissioningSession: Sendable, Codable, Hashable {
    public var gate: String
    public var operatorName: String
    public var began: WallTime
    /// SHA-256 of the configuration file, in hexadecimal digits.
    public var configurationDigest: String
    /// In the order in which they were found; one for each step.
    public private(set) var results: [StepResult] = []
    /// The run of the kernel in which the technician was told to cut the power.
    public internal(set) var powerCutIn: String?

    public init(gate: String, operatorName: String, began: WallTime, configurationDigest: String) {
        self.gate = gate
        self.operatorName = operatorName
        self.began = began
        self.configurationDigest = configurationDigest
    }

    /// What is known of a step.
    public func result(of step: String) -> StepResult? { results.first { $0.step == step } }

    /// Takes the result of a step, instead of an earlier one.
    mutating func take(_ result: StepResult) {
        results.removeAll { $0.step == result.step }
        results.append(result)
    }

    /// Forgets what was found at a lane.
    public mutating func forget(_ lane: LaneID) { results.removeAll { $0.lane == lane } }

    /// Forgets the steps that failed or were skipped, so that they are tried again.
    ///
    /// - Parameter only: of this lane alone; `nil` for all.
    public mutating func forgetUnpassed(of only: LaneID?) {
        results.removeAll { $0.outcome != .passed && (only == nil || $0.lane == only) }
    }
}
