import GateModel

/// Who was referred to the attendant and waits for a person's decision: the crossing, without identity.
struct HeldCases {
    struct Case {
        var crossing: CrossingID
        var point: AccessPoint
        var ends: MonotonicTime
    }

    /// Whoever has not been seen to by then presents again.
    static let patience = Duration.seconds(600)
    static let most = 64

    /// The oldest first.
    private var cases: [Case] = []

    mutating func hold(_ crossing: CrossingID, at point: AccessPoint, _ now: MonotonicTime) {
        forget(at: now)
        if cases.count == Self.most { cases.removeFirst() }
        cases.append(Case(crossing: crossing, point: point, ends: now.advanced(by: Self.patience)))
    }

    /// Ends the case that the code names, the youngest of several.
    mutating func take(_ code: String, lane: LaneID, at now: MonotonicTime) -> Case? {
        forget(at: now)
        let code = code.uppercased()
        guard
            let index = cases.lastIndex(where: {
                $0.point.lane == lane && Gatekeeper.caseCode($0.crossing) == code
            })
        else { return nil }
        return cases.remove(at: index)
    }

    mutating func forget(at now: MonotonicTime) { cases.removeAll { now >= $0.ends } }
}
