import FoundationEssentials
public import GateModel

/// The legal ground on which a gate checks anybody (principle 7). Without a valid one it is a plain door.
public struct Mandate: Hashable, Sendable, Codable {
    /// No mandate may last longer: 90 days.
    public static let longestSeconds: Int64 = 90 * 86_400
    /// Under which name it is published.
    public static let targetName = "mandate.json"
    /// The largest file that is read.
    public static let largestByteCount = 16 * 1_024

    /// Under which the issuing authority files it.
    public let reference: String
    /// The law or decision it rests on.
    public let legalBasis: String
    /// Where it applies.
    public let area: String
    /// Checking is allowed from this time on.
    public let from: WallTime
    /// Checking is allowed before this time.
    public let until: WallTime

    public init(
        reference: String, legalBasis: String, area: String, from: WallTime, until: WallTime
    ) throws(MandateError) {
        for (text, name) in [(reference, "reference"), (legalBasis, "legalBasis"), (area, "area")] {
            guard text.contains(where: { !$0.isWhitespace }) else { throw .empty(field: name) }
        }
        guard from < until else { throw .endsBeforeItBegins }
        guard until.seconds(since: from) <= Self.longestSeconds else {
            throw .tooLong(seconds: until.seconds(since: from))
        }
        self.reference = reference
        self.legalBasis = legalBasis
        self.area = area
        self.from = from
        self.until = until
    }

    /// Reads ``json()``, or anything else that says the same.
    public init(json: [UInt8]) throws(MandateError) {
        guard json.count <= Self.largestByteCount else { throw .tooLarge(byteCount: json.count) }
        do {
            self = try JSONDecoder().decode(Mandate.self, from: Data(json))
        } catch let error as MandateError {
            throw error
        } catch {
            throw .unreadable
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            reference: container.decode(String.self, forKey: .reference),
            legalBasis: container.decode(String.self, forKey: .legalBasis),
            area: container.decode(String.self, forKey: .area),
            from: container.decode(WallTime.self, forKey: .from),
            until: container.decode(WallTime.self, forKey: .until)
        )
    }

    /// A JSON object with the names of the properties, sorted; times in seconds since 1970.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    /// Whether checking is allowed at `now`.
    public func isValid(at now: WallTime) -> Bool { from <= now && now < until }
}

/// Why something is not a mandate.
public enum MandateError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable
    case tooLarge(byteCount: Int)
    case empty(field: String)
    case endsBeforeItBegins
    case tooLong(seconds: Int64)

    public var description: String {
        switch self {
        case .unreadable:
            "The mandate cannot be read: it must be JSON with reference, legalBasis, area, from and until."
        case .tooLarge(let byteCount):
            "The mandate has \(byteCount) bytes; at most \(Mandate.largestByteCount) are read."
        case .empty(let field):
            "The mandate leaves \(field) empty. A check needs a stated ground."
        case .endsBeforeItBegins:
            "The mandate ends before it begins. Correct from and until."
        case .tooLong(let seconds):
            "The mandate lasts \(seconds / 3_600) hours; at most 90 days (2160 hours) are allowed. Shorten it."
        }
    }
}
