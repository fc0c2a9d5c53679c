/// The first 64 bits of HMAC-SHA-256(deployment key of the epoch, canonical document), read big-endian.
///
/// The only form in which a person exists past the reader. It protects only while the key is secret (principle 20).
public struct SubjectToken: Hashable, Sendable, Comparable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func < (a: SubjectToken, b: SubjectToken) -> Bool { a.rawValue < b.rawValue }
}

/// The same construction over a household identifier. Links the members of one isolated household and nobody else.
public struct HouseholdToken: Hashable, Sendable, Comparable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func < (a: HouseholdToken, b: HouseholdToken) -> Bool { a.rawValue < b.rawValue }
}

/// The number under which the issuing authority files an order: 1 to 999 999 999 999.
public struct OrderReference: Hashable, Sendable, Comparable {
    public static let range: ClosedRange<UInt64> = 1...999_999_999_999

    public var rawValue: UInt64

    /// `nil` outside ``range``.
    public init?(_ rawValue: UInt64) {
        guard Self.range.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    public static func < (a: OrderReference, b: OrderReference) -> Bool { a.rawValue < b.rawValue }
}

/// The name a technician gave a lane in the configuration, unique on the gate.
public struct LaneID: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
}

/// The name of one side of a lane, unique on the gate.
public struct AccessPointID: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
}

/// The name of a reader, unique on the gate.
public struct ReaderID: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
}

/// Names one crossing while its four facts (presented, decided, released, passed) are written.
/// Random, so that two restarts never hand out the same one, and unrelated to the person.
public struct CrossingID: Hashable, Sendable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func random() -> CrossingID { CrossingID(rawValue: .random(in: 1 ... .max)) }
}

/// Names one signed release of an order. Random, and unrelated to the person and the order.
public struct ReleaseID: Hashable, Sendable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func random() -> ReleaseID { ReleaseID(rawValue: .random(in: 1 ... .max)) }
}

/// How well a reader works.
public enum ReaderState: String, Hashable, Sendable, Codable, CaseIterable {
    /// The device is not there.
    case absent
    case opening
    case ready
    /// It answers, but not as it should; the reason stands beside.
    case degraded
    /// It is there and cannot be used; the reason stands beside.
    case failed
}
