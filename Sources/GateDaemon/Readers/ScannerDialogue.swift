import GateModel
import NIOCore
import ReaderProtocols
import Settings

/// A scanner that sends lines of text.
struct ScannerDialogue: ReaderDialogue {
    private let settings: TextLineDecoder.Settings
    private let sounds: ScannerSounds
    private var decoder: ScannerDecoder
    private var scans = ScanQueue()

    init(_ scanner: ScannerSettings, feedback: FeedbackTable) {
        settings = TextLineDecoder.Settings(
            suffix: scanner.suffix.decoded, idleGap: scanner.idleGap, aim: AIMPolicy(scanner.codes))
        decoder = ScannerDecoder(settings: settings)
        sounds = ScannerSounds(make: ScannerMake(scanner.make), feedback: feedback)
    }

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder = ScannerDecoder(settings: settings)
        scans = ScanQueue()
        return [.event(.health(.ready, nil))]
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        var actions: [DialogueAction] = []
        decoder.feed(
            bytes.readableBytesUInt8Span, at: now, scan: { found.append(ScanOutput($0, $1)) },
            reply: { actions.append(.note("the scanner answers: \($0)")) })
        return actions + scans.take(found, next: decoder.nextDeadline, at: now)
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        decoder.timerFired(at: now) { found.append(ScanOutput($0, $1)) }
        return scans.take(found, next: decoder.nextDeadline, at: now)
    }

    mutating func show(_ signal: FeedbackSignal, at now: MonotonicTime) -> [DialogueAction] { sounds.show(signal) }

    var counters: [String: UInt64] { decoder.counters.named }
}

/// A scanner that sends packets with a checksum and wants them acknowledged (Zebra SSI).
struct SSIDialogue: ReaderDialogue {
    private let settings: SSIDecoder.Settings
    private let sounds: ScannerSounds
    private var decoder: SSIDecoder
    private var scans = ScanQueue()

    init(_ scanner: ScannerSettings, feedback: FeedbackTable) {
        settings = SSIDecoder.Settings(aim: AIMPolicy(scanner.codes))
        decoder = SSIDecoder(settings: settings)
        sounds = ScannerSounds(make: .ssi, feedback: feedback)
    }

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder = SSIDecoder(settings: settings)
        scans = ScanQueue()
        return [.event(.health(.ready, nil))]
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        var actions: [DialogueAction] = []
        decoder.feed(
            bytes.readableBytesUInt8Span, at: now, scan: { found.append(ScanOutput($0, $1)) },
            send: { actions.append(.send($0)) },
            reply: { actions.append(.note("the scanner answers: \($0)")) })
        return actions + scans.take(found, next: decoder.nextDeadline, at: now)
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        var actions: [DialogueAction] = []
        decoder.timerFired(
            at: now, scan: { found.append(ScanOutput($0, $1)) },
            send: { actions.append(.send($0)) })
        return actions + scans.take(found, next: decoder.nextDeadline, at: now)
    }

    mutating func show(_ signal: FeedbackSignal, at now: MonotonicTime) -> [DialogueAction] { sounds.show(signal) }

    var counters: [String: UInt64] {
        decoder.counters.named.merging([
            "packets": decoder.lineCounters.packets, "noise-bytes": decoder.lineCounters.noiseBytes,
            "bad-checksums": decoder.lineCounters.badChecksums, "repetitions": decoder.lineCounters.repetitions,
        ]) { $1 }
    }
}

/// The signals that a serial scanner can sound.
struct ScannerSounds {
    let make: ScannerMake?
    let feedback: FeedbackTable

    func show(_ signal: FeedbackSignal) -> [DialogueAction] {
        guard let beep = make?.bytes(for: .beep) else { return [] }
        let beeps = Array(repeating: beep, count: feedback[signal].beeps).flatMap(\.self)
        return beeps.isEmpty ? [] : [.send(beeps)]
    }
}

/// What every kind of scanner does with its scans.
struct ScanQueue {
    private var lines = MRZLineJoiner()

    /// - Parameters:
    ///   - found: what the decoder found just now.
    ///   - next: when the decoder wants to be woken.
    mutating func take(_ found: [ScanOutput], next: MonotonicTime?, at now: MonotonicTime) -> [DialogueAction] {
        var actions: [DialogueAction] = lines.timerFired(at: now).map { .event(.scan($0)) }
        for output in found {
            switch output {
            case .text(let scan):
                let code = scan.aim.map { "a code \($0)" } ?? "a code"
                actions.append(.note("\(code) of \(scan.text.utf8.count) characters"))
                actions += lines.take(scan, at: now).map { .event(.scan($0)) }
            case .unreadable:
                actions.append(.note("a code with other characters than printable ASCII"))
                actions.append(.event(.unreadable(.qrCode)))
            }
        }
        let deadline = [next, lines.nextDeadline].compactMap(\.self).min()
        return actions + (deadline.map { [.wake(at: $0)] } ?? [])
    }
}

extension ScanCounters {
    /// By the names that a technician sees.
    var named: [String: UInt64] {
        [
            "scans": scans, "unreadable": unreadable, "overlong": overlong, "other-symbologies": otherSymbologies,
            "no-reads": noReads, "broken": broken,
        ]
    }
}

extension AIMPolicy {
    init(_ codes: CodeSettings) {
        switch codes.aim {
        case .none: self = .none
        case .optional: self = .optional
        case .required: self = .required(Set(codes.acceptedAIM.compactMap { AIMIdentifier($0) }))
        }
    }
}

extension ScannerMake {
    init?(_ make: ScannerSettings.Make) {
        switch make {
        case .generic: return nil
        case .honeywell: self = .honeywell
        case .newland: self = .newland
        case .zone: self = .zone
        case .zebraSSI: self = .ssi
        case .zkteco: self = .zkteco
        }
    }
}

extension ScannerSettings.Suffix {
    fileprivate var decoded: TextLineDecoder.Suffix {
        switch self {
        case .cr: .cr
        case .crlf: .crlf
        case .lf: .lf
        case .tab: .tab
        case .etx: .etx
        }
    }
}
