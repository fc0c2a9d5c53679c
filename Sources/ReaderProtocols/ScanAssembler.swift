/// A scan of printable ASCII, without suffix and AIM identifier.
public struct ScannedText: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    /// `nil` if the scanner sent none, or the policy does not look for it.
    public let aim: AIMIdentifier?

    public init(text: String, aim: AIMIdentifier?) {
        self.text = text
        self.aim = aim
    }

    /// Leaves the text out, so that it does not get into a log.
    public var description: String {
        "ScannedText(\(text.utf8.count) characters withheld\(aim.map { ", \($0)" } ?? ""))"
    }
}

/// What a scanner of any kind handed over.
public enum ScanOutput: Hashable, Sendable {
    case text(ScannedText)
    /// Something was scanned that is not printable ASCII.
    case unreadable
}

/// The same without a copy: with `text` comes a span of its bytes, which lives as long as the call.
public enum ScanKind: Hashable, Sendable {
    case text(AIMIdentifier?)
    case unreadable
}

extension ScanOutput {
    public init(_ kind: ScanKind, _ bytes: Span<UInt8>) {
        switch kind {
        case .text(let aim):
            let text = String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
            self = .text(ScannedText(text: text, aim: aim))
        case .unreadable: self = .unreadable
        }
    }
}

/// What a scanner did so far, in scans.
public struct ScanCounters: Hashable, Sendable {
    public var scans: UInt64 = 0
    public var unreadable: UInt64 = 0
    /// Longer than allowed, and dropped whole.
    public var overlong: UInt64 = 0
    /// Without an AIM identifier that the policy requires.
    public var otherSymbologies: UInt64 = 0
    /// The text `%%NoRead`, with which some scanners report that they saw no code.
    public var noReads: UInt64 = 0
    /// Cut off or damaged on the way, and dropped whole.
    public var broken: UInt64 = 0
}

/// Collects the bytes of one scan, wherever they come from, and decides what it is.
///
/// Holds at most ``maximumLength`` bytes, and overwrites them with zero as soon as the scan is handed over or dropped
/// (principle 6).
struct ScanAssembler: Sendable {
    /// No scanner may send more, AIM identifier included.
    static let longest = 4096
    private static let noRead = Array("%%NoRead".utf8)

    let maximumLength: Int
    let aim: AIMPolicy
    var counters = ScanCounters()
    /// The scan so far stands at its beginning, all other bytes are zero.
    private var buffer: [UInt8]
    private(set) var held = 0
    /// The scan has become too long; the rest of it is not kept.
    private(set) var isDropping = false

    /// - Parameter spare: bytes that a decoder holds beyond the scan.
    init(maximumLength: Int, aim: AIMPolicy, spare: Int = 0) {
        self.maximumLength = min(max(maximumLength, 1), Self.longest)
        self.aim = aim
        buffer = [UInt8](repeating: 0, count: self.maximumLength + spare)
    }

    var isEmpty: Bool { held == 0 && !isDropping }
    var last: UInt8? { held > 0 ? buffer[held - 1] : nil }

    /// - Parameter spare: bytes beyond the longest scan that are taken now.
    mutating func append(_ byte: UInt8, spare: Int = 0) {
        guard !isDropping else { return }
        guard held < min(maximumLength + spare, buffer.count) else {
            counters.overlong &+= 1
            wipe()
            isDropping = true
            return
        }
        buffer[held] = byte
        held += 1
    }

    mutating func removeLast() {
        guard held > 0 else { return }
        held -= 1
        buffer[held] = 0
    }

    /// Drops what has begun.
    mutating func discard() {
        if !isEmpty { counters.broken &+= 1 }
        wipe()
        isDropping = false
    }

    /// Hands over the scan, unless it is empty, too long, or of no interest.
    ///
    /// - Parameter identifier: the AIM identifier where it came beside the text. `nil`: it is looked for in front of it.
    mutating func end(identifier: AIMIdentifier? = nil, scan: (ScanKind, Span<UInt8>) -> Void) {
        defer {
            wipe()
            isDropping = false
        }
        guard held > 0 else { return }
        var start = 0
        var found = aim == .none ? nil : identifier
        if aim != .none, found == nil {
            found = AIMIdentifier(prefixOf: buffer.span.extracting(0..<held))
            if found != nil { start = AIMIdentifier.prefixLength }
        }
        if buffer[start..<held].elementsEqual(Self.noRead) {
            counters.noReads &+= 1
            return
        }
        if case .required(let accepted) = aim {
            guard let found, accepted.contains(found) else {
                counters.otherSymbologies &+= 1
                return
            }
        }
        guard start < held, buffer[start..<held].allSatisfy({ (0x20...0x7E).contains($0) }) else {
            counters.unreadable &+= 1
            return scan(.unreadable, buffer.span.extracting(0..<0))
        }
        counters.scans &+= 1
        scan(.text(found), buffer.span.extracting(start..<held))
    }

    private mutating func wipe() {
        for index in 0..<held { buffer[index] = 0 }
        held = 0
    }
}
