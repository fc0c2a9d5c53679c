public import GateModel

/// What a step found.
public struct StepResult: Sendable, Codable, Hashable {
    /// How a step ended.
    public enum Outcome: String, Sendable, Codable { case passed, failed, skipped }

    /// Such as `front-door.exit-button`.
    public var step: String
    public var title: String
    /// `nil` for a step of the whole gate.
    public var lane: LaneID?
    public var outcome: Outcome
    public var measures: [Measure]
    /// Why it failed or was skipped.
    public var reason: String?
    /// How often it was tried.
    public var attempts: Int
    public var at: WallTime
}

/// A figure or a fact that a step found, with what is required of it.
public struct Measure: Sendable, Codable, Hashable {
    /// Which figure of a standard it is compared with.
    public enum Figure: String, Sendable, Codable, CaseIterable {
        case readToActuation = "read-to-actuation"
        case eventToCentre = "event-to-centre"
    }

    /// Whether the requirement is met.
    public enum Verdict: String, Sendable, Codable { case ok, notOK = "not-ok" }

    public var what: String
    /// `nil` where it is no time, or could not be measured.
    public var microseconds: Int64?
    /// What was seen, where it is no time.
    public var seen: String?
    /// In words, with its unit.
    public var required: String?
    /// `nil` without a requirement, or without a figure.
    public var verdict: Verdict?
    public var figure: Figure?

    /// Something that was seen.
    static func seen(_ what: String, _ text: String, required: String? = nil, _ verdict: Verdict? = nil) -> Measure {
        Measure(what: what, seen: text, required: required, verdict: verdict)
    }

    /// A time that may have a limit.
    static func time(
        _ what: String, _ microseconds: Int64?, atMost limit: Duration? = nil, figure: Figure? = nil
    ) -> Measure {
        var measure = Measure(what: what, microseconds: microseconds, figure: figure)
        guard let limit else { return measure }
        measure.required = "at most \(Figures.text(limit))"
        measure.verdict = microseconds.map { $0 <= limit.clampedMicroseconds ? .ok : .notOK }
        return measure
    }

    /// A time that is configured.
    static func time(_ what: String, _ measured: Duration, configured: Duration, within: Duration) -> Measure {
        let distance = measured > configured ? measured - configured : configured - measured
        return Measure(
            what: what, microseconds: measured.clampedMicroseconds,
            required: "\(Figures.text(configured)) ± \(Figures.text(within))",
            verdict: distance <= within ? .ok : .notOK)
    }

    /// What was measured, for a person.
    public var words: String { seen ?? microseconds.map(Figures.text(microseconds:)) ?? "not measured" }
}

/// Times for a person.
enum Figures {
    static func text(_ duration: Duration) -> String { text(microseconds: duration.clampedMicroseconds) }

    /// Three digits are enough for anybody: `850 µs`, `12.3 ms`, `1.25 s`, `31.2 s`.
    static func text(microseconds: Int64) -> String {
        switch microseconds {
        case ..<0: "-" + text(microseconds: microseconds == .min ? .max : -microseconds)
        case ..<1000: "\(microseconds) µs"
        case ..<1_000_000: scaled(microseconds, by: 1000) + " ms"
        default: scaled(microseconds, by: 1_000_000) + " s"
        }
    }

    private static func scaled(_ value: Int64, by unit: Int64) -> String {
        let digits = value / unit >= 100 ? 0 : value / unit >= 10 ? 1 : 2
        let scale: Int64 = digits == 2 ? 100 : digits == 1 ? 10 : 1
        // Rounded up: what is over a limit may not be shown as the limit.
        let parts = value / unit * scale + (value % unit * scale + unit - 1) / unit
        guard parts % scale > 0 else { return "\(parts / scale)" }
        let part = "\(parts % scale)"
        return "\(parts / scale)." + String(repeating: "0", count: digits - part.count) + part
    }
}

extension Duration {
    var clampedMicroseconds: Int64 { clampedNanoseconds / 1000 }
}
