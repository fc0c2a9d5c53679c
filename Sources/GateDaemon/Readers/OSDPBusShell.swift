import GateModel
import Hardware
import NIOCore
import OSDP
import Settings

/// Runs an OSDP line and hands what its readers send to them. Lives on the lane loop.
final class OSDPBusShell {
    let settings: BusSettings
    private let clock: any TimeSource
    private let makeLine: MakeReaderLine
    private var bus: OSDPBus
    private var readers: [UInt8: OSDPReader] = [:]
    private var line: (any ReaderLine)?
    private let timer: LoopTimer

    /// - Throws: what is wrong with the addresses or keys of its readers.
    init(
        settings: BusSettings, devices: [OSDPDeviceSettings], eventLoop: any EventLoop, clock: any TimeSource,
        makeLine: @escaping MakeReaderLine
    ) throws(OSDPSettingsError) {
        self.settings = settings
        timer = LoopTimer(on: eventLoop)
        self.clock = clock
        self.makeLine = makeLine
        bus = try OSDPBus(
            settings: .init(rate: settings.serial.rate, latencyAllowance: settings.latency), devices: devices)
    }

    func attach(_ reader: OSDPReader, at address: UInt8) { readers[address] = reader }

    /// Opens the line, whichever of its readers asks first.
    func start() {
        guard line == nil else { return }
        let line = makeLine(
            { [unowned self] bytes, now in received(bytes, at: now) },
            { [unowned self] state, reason in lineChanged(to: state, reason) })
        self.line = line
        line.start()
    }

    func stop() {
        timer.cancel()
        line?.stop()
    }

    func retryNow() { line?.retryNow() }

    /// What a reader is told is of this moment: it is dropped where the reader cannot be told now.
    func send(_ command: OSDPCommand, to address: UInt8) {
        try? order(command, to: address)
    }

    /// As ``send(_:to:)``, for somebody who wants to know whether the reader is told.
    func order(_ command: OSDPCommand, to address: UInt8) throws(OSDPQueueError) {
        let now = clock.monotonic
        var actions: [OSDPAction] = []
        try bus.enqueue(command, to: address, at: now, emit: { actions.append($0) })
        perform(actions, at: now)
    }

    func counters(of address: UInt8) -> OSDPDeviceCounters? {
        bus.devices.first { $0.address == address }?.counters
    }

    private func lineChanged(to state: ReaderState, _ reason: String?) {
        let now = clock.monotonic
        guard state == .ready else {
            timer.cancel()
            for reader in readers.values { reader.lineLost(state, reason, at: now) }
            return
        }
        for reader in readers.values { reader.lineFound(at: now) }
        perform(bus.start(at: now), at: now)
    }

    private func received(_ bytes: ByteBuffer, at now: MonotonicTime) {
        var actions: [OSDPAction] = []
        bus.received(bytes.readableBytesUInt8Span, at: now) { actions.append($0) }
        perform(actions, at: now)
    }

    private func perform(_ actions: [OSDPAction], at now: MonotonicTime) {
        for action in actions {
            switch action {
            case .send(let bytes): line?.send(bytes)
            case .flushInput: line?.flushInput()
            case .wake(let time): wake(at: time)
            case .event(let address, let event):
                readers[address]?.handle(event, at: now)
                if case .communication(let new) = event {
                    readers[new.address] = readers.removeValue(forKey: address)
                }
            }
        }
    }

    private func wake(at time: MonotonicTime) {
        timer.set(to: time) { [weak self] in
            guard let self else { return }
            let now = clock.monotonic
            perform(bus.timerFired(at: now), at: now)
        }
    }
}
