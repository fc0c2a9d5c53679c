import CLinuxShims
import GateModel
import Glibc
import OSDP

/// A line with the bus on one side and independent readers on the other, each at a pseudo-terminal: what the panel sends
/// reaches all of them, as on a real one. Runs in real time.
final class PeerLine {
    enum Fault { case none, lost, damaged }

    private(set) var bus: OSDPBus
    private var ports: [Port]
    private(set) var events: [(at: MonotonicTime, address: UInt8, event: OSDPEvent)] = []
    private(set) var sent: [(at: MonotonicTime, bytes: [UInt8])] = []
    /// When each reader printed `ready`, the last time.
    private(set) var readyAt: [MonotonicTime?]
    /// What happens to the next bytes on the line.
    var fault: () -> Fault = { .none }
    private(set) var faults = 0

    private let clockStart = ContinuousClock.now
    private var wakeAt: MonotonicTime?

    private struct Port {
        let master: CInt
        /// Kept open, so that the master sees no end when a reader dies.
        let slave: CInt
        var reader: PeerReader?
    }

    init(_ settings: [OSDPDeviceSettings]) throws {
        bus = try OSDPBus(settings: OSDPBusSettings(rate: 115_200), devices: settings)
        ports = try settings.map { _ in
            let master = CLinuxShims_open_pseudoterminal()
            let slave = CLinuxShims_open_slave(master)
            guard master >= 0, slave >= 0, CLinuxShims_make_raw(slave, speed_t(B115200)) == 0 else {
                throw PeerError(description: "no pseudo-terminal: is /dev/pts mounted?")
            }
            return Port(master: master, slave: slave)
        }
        readyAt = settings.map { _ in nil }
    }

    deinit {
        for port in ports {
            port.reader?.kill()
            close(port.master)
            close(port.slave)
        }
    }

    var now: MonotonicTime {
        MonotonicTime(nanoseconds: UInt64((ContinuousClock.now - clockStart).clampedNanoseconds))
    }

    // MARK: What tests do

    func start() { bus.start(at: now) { carryOut($0) } }

    /// Switches a reader on; it has the address of its place.
    func switchOn(_ index: Int = 0, _ arguments: String...) throws {
        readyAt[index] = nil
        let number = CLinuxShims_slave_number(ports[index].master)
        ports[index].reader = try PeerReader(
            device: "/dev/pts/\(number)", arguments: ["--address", "\(bus.devices[index].address)"] + arguments)
    }

    func switchOff(_ index: Int = 0) {
        ports[index].reader?.kill()
        ports[index].reader = nil
    }

    func tell(_ line: String, _ index: Int = 0) { ports[index].reader?.tell(line) }

    func lines(_ index: Int = 0) -> [String] { ports[index].reader?.lines ?? [] }

    func enqueue(_ command: OSDPCommand) throws {
        try bus.enqueue(command, to: bus.devices[0].address, at: now) { carryOut($0) }
    }

    /// - Returns: whether it came true within that time.
    @discardableResult
    func run(within limit: Duration, until done: () -> Bool) -> Bool {
        let end = now.advanced(by: limit)
        while !done() {
            guard now < end else { return false }
            wait(until: min(wakeAt ?? end, end))
        }
        return true
    }

    func run(for duration: Duration) { run(within: duration) { false } }

    // MARK: The loop

    private func wait(until time: MonotonicTime) {
        var descriptors: [pollfd] = []
        for port in ports {
            descriptors.append(pollfd(fd: port.master, events: Int16(POLLIN), revents: 0))
            descriptors.append(pollfd(fd: port.reader?.outputDescriptor ?? -1, events: Int16(POLLIN), revents: 0))
        }
        // Rounded up: too early would be in vain.
        let milliseconds = (time.since(now).clampedNanoseconds + 999_999) / 1_000_000
        _ = unsafe poll(&descriptors, nfds_t(descriptors.count), CInt(milliseconds))
        for index in ports.indices {
            if descriptors[2 * index].revents != 0 { receive(ports[index].master) }
            if descriptors[2 * index + 1].revents != 0 { listen(to: index) }
        }
        if let wakeAt, now >= wakeAt {
            self.wakeAt = nil
            bus.timerFired(at: now) { carryOut($0) }
        }
    }

    private func receive(_ master: CInt) {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let count = unsafe read(master, &buffer, buffer.count)
        guard count > 0, let bytes = faulty(Array(buffer.prefix(count))) else { return }
        bus.received(bytes.span, at: now) { carryOut($0) }
    }

    private func listen(to index: Int) {
        guard let new = ports[index].reader?.readLines() else { return }
        if new.contains("ready") { readyAt[index] = now }
    }

    private func carryOut(_ action: OSDPAction) {
        switch action {
        case .send(let bytes):
            sent.append((now, bytes))
            guard let bytes = faulty(bytes) else { return }
            // A reader that is off does not empty its terminal, and what no longer fits is lost, as on a real line.
            for port in ports { _ = unsafe write(port.master, bytes, bytes.count) }
        case .flushInput:
            for port in ports { tcflush(port.master, TCIFLUSH) }
        case .wake(let time): wakeAt = time
        case .event(let address, let event): events.append((now, address, event))
        }
    }

    private func faulty(_ bytes: [UInt8]) -> [UInt8]? {
        switch fault() {
        case .none: return bytes
        case .lost:
            faults += 1
            return nil
        case .damaged:
            faults += 1
            var damaged = bytes
            damaged[bytes.count / 2] ^= 0x08
            return damaged
        }
    }
}

extension PeerLine {
    func contains(_ event: OSDPEvent, from address: UInt8? = nil) -> Bool {
        events.contains { $0.event == event && $0.address == address ?? bus.devices[0].address }
    }

    /// When a reader was last reported to be on line.
    func onlineAt(_ index: Int = 0) -> MonotonicTime? {
        events.last {
            if $0.address == bus.devices[index].address, case .online = $0.event { true } else { false }
        }?.at
    }

    /// Commands to a reader: when, code, type of the security block.
    func commands(to index: Int = 0) -> [(at: MonotonicTime, code: UInt8, block: UInt8?)] {
        sent.compactMap { at, bytes in
            var decoder = OSDPFrameDecoder(.commands)
            guard let frame = decoder.feed(bytes, at: at).first, frame.address == bus.devices[index].address else {
                return nil
            }
            return (at, frame.code, frame.block?.type)
        }
    }
}
