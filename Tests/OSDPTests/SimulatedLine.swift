import GateModel
import OSDP
import Testing

/// A line with its bus, its readers and a clock of its own; bytes take as long as on a real one.
struct SimulatedLine {
    enum Fault { case none, lost, damaged, doubled }

    var bus: OSDPBus
    var readers: [SimulatedReader]
    private(set) var now = ms(1_000)
    /// How long a reader thinks.
    var thinking = Duration.milliseconds(3)
    /// What happens to the next thing on the line.
    var fault: (_ isReply: Bool) -> Fault = { _ in .none }

    private(set) var events: [(at: MonotonicTime, address: UInt8, event: OSDPEvent)] = []
    private(set) var sent: [(at: MonotonicTime, bytes: [UInt8])] = []
    private var wakeAt: MonotonicTime?
    private var arriving: [(at: MonotonicTime, bytes: [UInt8])] = []

    init(_ settings: [OSDPDeviceSettings], _ readers: [SimulatedReader], rate: Int = 9600) throws {
        var number: UInt64 = 0x0123_4567_89AB_CDEF
        let numbers = (0..<64).map { _ in
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return number
        }
        bus = try OSDPBus(
            settings: OSDPBusSettings(rate: rate), devices: settings, random: { numbers.randomElement() ?? 0 })
        self.readers = readers
    }

    mutating func start() { carryOut(bus.start(at: now)) }

    mutating func enqueue(_ command: OSDPCommand, to address: UInt8 = 0) throws {
        var actions: [OSDPAction] = []
        try bus.enqueue(command, to: address, at: now) { actions.append($0) }
        carryOut(actions)
    }

    mutating func receive(_ bytes: [UInt8]) { carryOut(bus.received(bytes, at: now)) }

    mutating func run(for duration: Duration) { run(until: { _ in false }, for: duration) }

    /// - Returns: whether it came true in that time.
    @discardableResult
    mutating func run(until done: (SimulatedLine) -> Bool, for duration: Duration) -> Bool {
        let end = now.advanced(by: duration)
        while !done(self) {
            let next = [wakeAt, arriving.first?.at].compactMap(\.self).min() ?? end
            guard next < end else {
                now = end
                return false
            }
            now = max(now, next)
            if let first = arriving.first, first.at <= now {
                arriving.removeFirst()
                carryOut(bus.received(first.bytes, at: now))
            } else {
                wakeAt = nil
                carryOut(bus.timerFired(at: now))
            }
        }
        return true
    }

    private mutating func carryOut(_ actions: [OSDPAction]) {
        for action in actions {
            switch action {
            case .send(let bytes): send(bytes)
            case .flushInput: arriving.removeAll { $0.at <= now }
            case .wake(let time): wakeAt = max(time, now)
            case .event(let address, let event): events.append((now, address, event))
            }
        }
    }

    private mutating func send(_ bytes: [UInt8]) {
        sent.append((now, bytes))
        #expect(bytes.first == 0xFF, "a mark byte goes first")
        let fault = fault(false)
        guard fault != .lost else { return }
        let heard = now.advanced(by: bus.settings.time(forBytes: bytes.count))
        for index in readers.indices {
            guard let reply = readers[index].receive(damaged(bytes, fault), at: heard) else { continue }
            deliver(reply, from: heard.advanced(by: thinking))
        }
        arriving.sort { $0.at < $1.at }
    }

    private mutating func deliver(_ reply: [UInt8], from start: MonotonicTime) {
        let fault = fault(true)
        guard fault != .lost else { return }
        let end = start.advanced(by: bus.settings.time(forBytes: reply.count))
        // In two pieces, as an adapter hands them over.
        let bytes = damaged(reply, fault)
        let half = bytes.count / 2
        arriving.append((start.advanced(by: bus.settings.time(forBytes: half)), Array(bytes[..<half])))
        arriving.append((end, Array(bytes[half...])))
        if fault == .doubled { arriving.append((end.advanced(by: .milliseconds(1)), bytes)) }
    }

    private func damaged(_ bytes: [UInt8], _ fault: Fault) -> [UInt8] {
        guard fault == .damaged else { return bytes }
        var damaged = bytes
        damaged[bytes.count / 2] ^= 0x10
        return damaged
    }
}

extension SimulatedLine {
    func events(of address: UInt8 = 0) -> [OSDPEvent] { events.filter { $0.address == address }.map(\.event) }

    func contains(_ event: OSDPEvent, from address: UInt8 = 0) -> Bool { events(of: address).contains(event) }

    /// When the reader was last reported to be on line.
    func onlineAt(_ address: UInt8 = 0) -> MonotonicTime? {
        events.last {
            if $0.address == address, case .online = $0.event { true } else { false }
        }?.at
    }

    /// Codes of the commands sent to an address, with the type of their security block.
    func commands(to address: UInt8 = 0) -> [(at: MonotonicTime, code: UInt8, block: UInt8?, sequence: UInt8)] {
        sent.compactMap { at, bytes in
            var decoder = OSDPFrameDecoder(.commands)
            guard let frame = decoder.feed(bytes, at: at).first, frame.address == address else { return nil }
            return (at, frame.code, frame.block?.type, frame.sequence)
        }
    }

    var device: OSDPDevice { bus.devices[0] }
}

extension OSDPDeviceSettings {
    static func clear(_ address: UInt8 = 0) throws -> OSDPDeviceSettings {
        try OSDPDeviceSettings(address: address, security: .clear)
    }

    static func secure(_ address: UInt8 = 0) throws -> OSDPDeviceSettings {
        try OSDPDeviceSettings(address: address, security: .secure(key(1)))
    }

    static func install(_ address: UInt8 = 0) throws -> OSDPDeviceSettings {
        try OSDPDeviceSettings(address: address, security: .install(key(1)))
    }
}
