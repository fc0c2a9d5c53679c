import Control
import GateModel
import NIOCore
import ReaderProtocols
import Settings

/// A scanner that sends lines of text.
struct ScannerDialogue: ReaderDialogue {
    private let settings: TextLineDecoder.Settings
    private var sounds: ScannerSounds
    private var decoder: ScannerDecoder
    private var scans = ScanQueue()
    /// Each is sent when the one before has been answered.
    private var waiting: [[UInt8]] = []

    init(_ scanner: ScannerSettings, feedback: FeedbackTable) {
        settings = TextLineDecoder.Settings(
            suffix: scanner.suffix.decoded, idleGap: scanner.idleGap, aim: AIMPolicy(scanner.codes))
        decoder = ScannerDecoder(settings: settings)
        sounds = ScannerSounds(make: ScannerMake(scanner.make), feedback: feedback)
    }

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder = ScannerDecoder(settings: settings)
        scans = ScanQueue()
        waiting = []
        return [.event(.health(.ready, nil))]
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        var replies: [ScannerReply] = []
        var actions: [DialogueAction] = []
        decoder.feed(
            bytes.readableBytesUInt8Span, at: now, scan: { found.append(ScanOutput($0, $1)) },
            reply: { replies.append($0) })
        for reply in replies { actions += answered(reply, at: now) }
        return actions + scans.take(found, next: decoder.nextDeadline, at: now)
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        decoder.timerFired(at: now) { found.append(ScanOutput($0, $1)) }
        return scans.take(found, next: decoder.nextDeadline, at: now)
    }

    mutating func show(_ signal: FeedbackSignal, at now: MonotonicTime) -> [DialogueAction] {
        sounds.show(signal, at: now)
    }

    mutating func command(_ command: ReaderCommand, at now: MonotonicTime) throws(ControlFailure) -> [DialogueAction]? {
        waiting = try command.commands(for: sounds.make)
        return sendNext(at: now)
    }

    mutating func forgetCommand() { waiting = [] }

    private mutating func sendNext(at now: MonotonicTime) -> [DialogueAction] {
        let bytes = waiting.removeFirst()
        decoder.expectReply(to: bytes, at: now)
        return [.send(bytes)]
    }

    private mutating func answered(_ reply: ScannerReply, at now: MonotonicTime) -> [DialogueAction] {
        if reply.result == .done, !waiting.isEmpty { return sendNext(at: now) }
        waiting = []
        return [.answer(ReaderCommandAnswer(reply))]
    }

    var counters: [String: UInt64] { decoder.counters.named }
}

/// A scanner that sends packets with a checksum and wants them acknowledged (Zebra SSI).
struct SSIDialogue: ReaderDialogue {
    private let settings: SSIDecoder.Settings
    private var sounds: ScannerSounds
    private var decoder: SSIDecoder
    private var scans = ScanQueue()
    private var waiting: (commands: [[UInt8]], at: MonotonicTime)?

    init(_ scanner: ScannerSettings, feedback: FeedbackTable) {
        settings = SSIDecoder.Settings(aim: AIMPolicy(scanner.codes))
        decoder = SSIDecoder(settings: settings)
        sounds = ScannerSounds(make: .ssi, feedback: feedback)
    }

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder = SSIDecoder(settings: settings)
        scans = ScanQueue()
        waiting = nil
        return [.event(.health(.ready, nil))]
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        var actions: [DialogueAction] = []
        decoder.feed(
            bytes.readableBytesUInt8Span, at: now, scan: { found.append(ScanOutput($0, $1)) },
            send: { actions.append(.send($0)) },
            reply: { actions.append(.answer(ReaderCommandAnswer($0))) })
        return actions + scans.take(found, next: nextDeadline, at: now)
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        var actions: [DialogueAction] = []
        decoder.timerFired(
            at: now, scan: { found.append(ScanOutput($0, $1)) },
            send: { actions.append(.send($0)) })
        if let due = waiting, now >= due.at {
            waiting = nil
            actions += due.commands.map { .send($0) }
        }
        return actions + scans.take(found, next: nextDeadline, at: now)
    }

    mutating func show(_ signal: FeedbackSignal, at now: MonotonicTime) -> [DialogueAction] {
        sounds.show(signal, at: now)
    }

    mutating func command(_ command: ReaderCommand, at now: MonotonicTime) throws(ControlFailure) -> [DialogueAction]? {
        // A scanner that sleeps hears the first byte only.
        waiting = (try command.commands(for: .ssi), now.advanced(by: SSICommand.wakeUpPause))
        return [.send(SSICommand.wakeUp)] + scans.take([], next: nextDeadline, at: now)
    }

    mutating func forgetCommand() { waiting = nil }

    private var nextDeadline: MonotonicTime? { [decoder.nextDeadline, waiting?.at].compactMap(\.self).min() }

    var counters: [String: UInt64] {
        decoder.counters.named.merging([
            "packets": decoder.lineCounters.packets, "noise-bytes": decoder.lineCounters.noiseBytes,
            "bad-checksums": decoder.lineCounters.badChecksums, "repetitions": decoder.lineCounters.repetitions,
        ]) { $1 }
    }
}

/// The signals that a serial scanner can sound.
struct ScannerSounds {
    /// A line that echoes makes a scan of each beep, which is answered with a beep: not more often than this.
    static let quiet = Duration.seconds(1)

    let make: ScannerMake?
    let feedback: FeedbackTable
    private var retriedAt: MonotonicTime?

    init(make: ScannerMake?, feedback: FeedbackTable) {
        self.make = make
        self.feedback = feedback
    }

    mutating func show(_ signal: FeedbackSignal, at now: MonotonicTime) -> [DialogueAction] {
        guard let beep = make?.bytes(for: .beep) else { return [] }
        if signal == .retry {
            guard retriedAt.map({ now.since($0) >= Self.quiet }) ?? true else { return [] }
            retriedAt = now
        }
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

extension ReaderCommandAnswer {
    init(_ reply: ScannerReply) { self.init(done: reply.result == .done, answer: "\(reply.result)") }
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
