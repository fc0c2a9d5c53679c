import Crypto
public import GateModel

/// Names one unbroken stream of events of a gate. Random; a new one begins with a new ledger or after a fork.
public struct StreamEpoch: Hashable, Sendable, HexCoded {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func random() -> StreamEpoch { StreamEpoch(rawValue: .random(in: 1 ... .max)) }
}

/// A link of the hash chain: SHA-256 over everything up to and including one event (principle 19).
public struct ChainHash: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public var hex: String

    /// `nil` unless `hex` is 64 lower-case hexadecimal digits.
    public init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.hex = hex
    }

    private init(digest: SHA256.Digest) {
        let digits = Array("0123456789abcdef".utf8)
        hex = String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// What stands before the first event: SHA-256("gatehouse ledger v1", NUL, gate, NUL, epoch).
    public static func genesis(gate: String, epoch: StreamEpoch) -> ChainHash {
        ChainHash(digest: SHA256.hash(data: Array("gatehouse ledger v1\0\(gate)\0\(epoch)".utf8)))
    }

    /// The hash of an event: SHA-256(text of `self`, sequence as 8 bytes big-endian, UTF-8 of the body).
    public func appending(sequence: UInt64, body: String) -> ChainHash {
        var hasher = SHA256()
        hasher.update(data: Array(hex.utf8))
        hasher.update(data: (0..<8).map { UInt8(truncatingIfNeeded: sequence >> (56 - 8 * $0)) })
        hasher.update(data: Array(body.utf8))
        return ChainHash(digest: hasher.finalize())
    }

    public var description: String { hex }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = ChainHash(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected 64 hexadecimal digits")
        }
        self = value
    }
}

/// One numbered, chained event as it stands in the ledger and on the wire.
public struct ChainedEvent: Hashable, Sendable, Codable {
    /// Starts at 1 in each epoch and has no gaps.
    public var sequence: UInt64
    /// ``GateEvent/body()``, verbatim.
    public var body: String
    public var hash: ChainHash

    public init(sequence: UInt64, body: String, hash: ChainHash) {
        self.sequence = sequence
        self.body = body
        self.hash = hash
    }

    /// Links `body` behind `previous`.
    public init(sequence: UInt64, body: String, after previous: ChainHash) {
        self.init(sequence: sequence, body: body, hash: previous.appending(sequence: sequence, body: body))
    }
}

/// Where a run of events stops fitting together.
public enum ChainFault: Error, Hashable, Sendable, CustomStringConvertible {
    case gap(expected: UInt64, found: UInt64)
    case altered(sequence: UInt64)

    public var description: String {
        switch self {
        case .gap(let expected, let found): "event \(expected) is missing: the next one held is \(found)"
        case .altered(let sequence): "event \(sequence) does not match its hash: it or one before it was altered"
        }
    }
}

/// Walks a run of events and stops at the first that does not follow.
public struct ChainVerifier: Sendable {
    public private(set) var nextSequence: UInt64
    public private(set) var lastHash: ChainHash

    public init(nextSequence: UInt64, lastHash: ChainHash) {
        self.nextSequence = nextSequence
        self.lastHash = lastHash
    }

    /// Starts before the first event of a stream.
    public init(gate: String, epoch: StreamEpoch) {
        self.init(nextSequence: 1, lastHash: .genesis(gate: gate, epoch: epoch))
    }

    public mutating func check(_ event: ChainedEvent) throws(ChainFault) {
        guard event.sequence == nextSequence else { throw .gap(expected: nextSequence, found: event.sequence) }
        guard lastHash.appending(sequence: event.sequence, body: event.body) == event.hash else {
            throw .altered(sequence: event.sequence)
        }
        nextSequence += 1
        lastHash = event.hash
    }
}
