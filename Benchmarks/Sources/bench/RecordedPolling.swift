import GateModel
import OSDP

/// An OSDP line with one reader that is on line, and the reader's answers to the polls to come.
///
/// The answers are recorded first, so that nothing of the reader is measured. Within a session each depends on all
/// before it, and time and random numbers are the same again, so they can be played once and in their order.
struct RecordedPolling {
    private var line: Line
    private let answers: [[UInt8]]
    private var next = 0

    /// - Parameter isSecure: within a session, else in clear text.
    init(isSecure: Bool, polls: Int) throws {
        let key = isSecure ? OSDPKey([UInt8](repeating: 0x5A, count: OSDPKey.length)) : nil
        line = try Line(key: key)
        var reader = Reader(key: key)
        try line.start(&reader)
        // Beyond the set-up, and what is asked once a reader is on line.
        for _ in 0..<32 { _ = try line.record(&reader) }
        guard line.device?.isOnline == true, line.device?.isSecure == isSecure else {
            throw Trouble("the simulated OSDP reader is not on line")
        }
        var recorded = line
        answers = try (0..<polls).map { _ in try recorded.record(&reader) }
    }

    /// One POLL and its answer.
    ///
    /// - Returns: 1 if the poll was sent.
    mutating func poll() -> Int {
        guard next < answers.count else { return 0 }
        next += 1
        return line.exchange(answers[next - 1])
    }

    /// Throws unless each poll had its answer, which was accepted.
    func check() throws {
        guard let counters = line.device?.counters, counters.answers == counters.sent, counters.naks == 0 else {
            throw Trouble("the OSDP reader's answers were not accepted")
        }
    }

    /// The line without a reader.
    private struct Line {
        private var bus: OSDPBus
        private var now = MonotonicTime(nanoseconds: 1_000_000_000)
        private var wakeAt = MonotonicTime(nanoseconds: 0)

        init(key: OSDPKey?) throws {
            let settings = try OSDPDeviceSettings(address: 0, security: key.map { .secure($0) } ?? .clear)
            bus = try OSDPBus(
                settings: OSDPBusSettings(rate: 115_200), devices: [settings], random: { 0x0123_4567_89AB_CDEF })
        }

        var device: OSDPDevice? { bus.devices.first }

        /// The first command and its answer.
        mutating func start(_ reader: inout Reader) throws {
            var command: [UInt8] = []
            bus.start(at: now) { action in if case .send(let bytes) = action { command = bytes } }
            try receive(reader.answer(command))
        }

        /// - Returns: how many commands were sent.
        mutating func exchange(_ answer: [UInt8]) -> Int {
            var sent = 0
            now = max(now, wakeAt)
            bus.timerFired(at: now) { action in if case .send = action { sent += 1 } }
            receive(answer)
            return sent
        }

        /// The same with a reader, whose answer is given back.
        mutating func record(_ reader: inout Reader) throws -> [UInt8] {
            var command: [UInt8] = []
            now = max(now, wakeAt)
            bus.timerFired(at: now) { action in if case .send(let bytes) = action { command = bytes } }
            let answer = try reader.answer(command)
            receive(answer)
            return answer
        }

        private mutating func receive(_ answer: [UInt8]) {
            now = now.advanced(by: .milliseconds(5))
            bus.received(answer.span, at: now) { action in if case .wake(let time) = action { wakeAt = time } }
        }
    }

    /// A reader that has nothing to report.
    private struct Reader {
        private static let random: [UInt8] = [9, 8, 7, 6, 5, 4, 3, 2]
        private let key: OSDPKey?
        private var keys: OSDPSessionKeys?
        private var channel: OSDPSecureChannel?

        init(key: OSDPKey?) { self.key = key }

        mutating func answer(_ command: [UInt8]) throws -> [UInt8] {
            var found: (frame: OSDPFrame, bytes: [UInt8])?
            var decoder = OSDPFrameDecoder(.commands)
            decoder.feed(command.span, at: MonotonicTime(nanoseconds: 0)) { frame, bytes in
                found = (frame, (0..<bytes.count).map { bytes[$0] })
            }
            guard let (frame, bytes) = found else { throw Trouble("the OSDP bus sent no command") }
            func clear(_ reply: OSDPReply, _ block: OSDPSecurityBlock? = nil) -> [UInt8] {
                reply.frame(address: 0, sequence: frame.sequence, block: block)
            }
            if frame.block?.hasMAC == true {
                _ = try channel?.open(frame, bytes.span)
                return try channel?.seal(.ack, address: 0, sequence: frame.sequence) ?? []
            }
            switch (OSDPCommand(code: frame.code, data: bytes.span.extracting(frame.data)), key) {
            case (.challenge(let random), let key?):
                let keys = try OSDPSessionKeys(key: key, panelRandom: random)
                let cryptogram = try keys.readerCryptogram(panelRandom: random, readerRandom: Self.random)
                self.keys = keys
                return clear(
                    .challengeAnswer(
                        OSDPChallengeAnswer(clientID: random, random: Self.random, cryptogram: cryptogram)),
                    OSDPSecurityBlock(type: 0x12, value: 1))
            case (.panelCryptogram(let cryptogram), _):
                guard let keys else { throw Trouble("the OSDP bus left out a step of the set-up") }
                let mac = try keys.initialMAC(panelCryptogram: cryptogram)
                channel = try OSDPSecureChannel(keys: keys, initialMAC: mac)
                return clear(.initialMAC(mac), OSDPSecurityBlock(type: 0x14, value: 1))
            default: return clear(.ack)
            }
        }
    }
}
