public import GateModel

/// Runs all readers of one line: one command at a time, each reader in its turn.
///
/// ## Poll budget
///
/// A reader that answers is asked every ``OSDPDeviceSettings/pollInterval`` (50 ms). One exchange takes *x* ≈ 30 ms at
/// 9600 bits per second, 5 ms at 115200. A reader that does not answer holds the line for *s* = its command,
/// ``OSDPBusSettings/responseTime`` and ``OSDPBusSettings/latencyAllowance``: 230 ms.
///
/// - After each command without an answer every reader that answers and is due has its turn before the next silent one.
///   So *n* readers that answer are each asked at least every pollInterval + *s* + *n* · *x*: under **350 ms** for two of
///   them at 9600 bits per second, however many others are dead.
/// - A dead reader is asked again after a pause that grows to 250 ms, or to 700 ms where others answer, which then have
///   the line for three quarters of the time. So a reader that comes back is found within **2 s** beside up to 6 others
///   that stay dead, and alone within 0.5 s, with its secure session up within 1 s.
///
/// A value: bytes and time in, actions out. In steady state polling allocates nothing for each frame, provided that the
/// receiver of ``OSDPAction/send(_:)`` does not keep the array.
public struct OSDPBus: Sendable {
    static let longestPauseAlone = Duration.milliseconds(250)
    static let longestPauseAmongOthers = Duration.milliseconds(700)

    public let settings: OSDPBusSettings
    private var decoder: OSDPFrameDecoder
    private var members: [Member]
    /// Whose answer is awaited, and until when.
    private var waiting: (member: Int, deadline: MonotonicTime, latest: MonotonicTime)?
    /// Before that the line is not free.
    private var freeAt = MonotonicTime(nanoseconds: 0)
    private var isStarted = false
    /// Counts the turns, so that the order of the last ones is known.
    private var turn: UInt64 = 0
    private var lastSilentTurn: UInt64 = 0

    private struct Member: Sendable {
        var device: OSDPDevice
        /// When it last had the line, in turns.
        var turn: UInt64 = 0
    }

    /// - Parameter random: unpredictable numbers for the set-up of secure sessions.
    public init(
        settings: OSDPBusSettings = OSDPBusSettings(),
        devices: [OSDPDeviceSettings],
        random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
    ) throws(OSDPSettingsError) {
        var addresses: Set<UInt8> = []
        for device in devices where !addresses.insert(device.address).inserted { throw .addressTwice(device.address) }
        if addresses.contains(0x7F), addresses.count > 1 { throw .configurationAddressShared }
        self.settings = settings
        decoder = OSDPFrameDecoder(gap: settings.gap + settings.latencyAllowance)
        members = devices.map { Member(device: OSDPDevice(settings: $0, random: random)) }
    }

    /// The readers as they are now.
    public var devices: [OSDPDevice] { members.map(\.device) }

    public var counters: OSDPFrameDecoder.Counters { decoder.counters }
    /// Good replies when nobody was asked, or from another address than the one asked: ignored.
    public private(set) var strayFrames: UInt64 = 0

    /// The line is open. Also begins anew after it was opened again.
    public mutating func start(at now: MonotonicTime, emit: (OSDPAction) -> Void) {
        decoder.reset()
        waiting = nil
        freeAt = now
        isStarted = true
        for index in members.indices { members[index].device.start(at: now) }
        goOn(at: now, emit)
    }

    /// Takes the next bytes of the line.
    public mutating func received(_ bytes: Span<UInt8>, at now: MonotonicTime, emit: (OSDPAction) -> Void) {
        guard isStarted else { return }
        while decoder.giveUp(at: now) { drain(at: now, emit) }
        var taken = 0
        while taken < bytes.count {
            taken = decoder.append(bytes, from: taken, at: now)
            drain(at: now, emit)
        }
        expire(at: now, emit)
        goOn(at: now, emit)
    }

    /// The time of the last ``OSDPAction/wake(at:)`` has come. Does no harm at any other time.
    public mutating func timerFired(at now: MonotonicTime, emit: (OSDPAction) -> Void) {
        guard isStarted else { return }
        while decoder.giveUp(at: now) { drain(at: now, emit) }
        expire(at: now, emit)
        goOn(at: now, emit)
    }

    /// Has a command sent to a reader that is on line, as soon as the line is free.
    public mutating func enqueue(
        _ command: OSDPCommand, to address: UInt8, at now: MonotonicTime, emit: (OSDPAction) -> Void
    ) throws(OSDPQueueError) {
        guard let index = members.firstIndex(where: { $0.device.address == address }) else {
            throw .noSuchReader(address: address)
        }
        if case .communication(let new) = command, new.address != address {
            let isTaken = members.contains { $0.device.address == new.address || $0.device.askedAddress == new.address }
            guard new.address <= 0x7E, !isTaken else { throw .addressTaken(new.address) }
        }
        try members[index].device.enqueue(command, at: now)
        goOn(at: now, emit)
    }

    // MARK: Answers

    private mutating func drain(at now: MonotonicTime, _ emit: (OSDPAction) -> Void) {
        while let frame = decoder.next() {
            receive(frame, at: now, emit)
            decoder.remove(frame.length)
        }
    }

    private mutating func receive(_ frame: OSDPFrame, at now: MonotonicTime, _ emit: (OSDPAction) -> Void) {
        guard let waiting else {
            strayFrames &+= 1
            return
        }
        let address = members[waiting.member].device.address
        // Asked at 7F, some readers answer with their own address.
        guard address == frame.address || address == 0x7F else {
            strayFrames &+= 1
            return
        }
        let outcome = members[waiting.member].device.received(frame, in: decoder, at: now) {
            emit(.event(address: address, $0))
        }
        guard outcome == .answered else { return }
        self.waiting = nil
        freeAt = now.advanced(by: settings.turnaround)
    }

    // MARK: Time

    /// Gives up what has taken too long.
    private mutating func expire(at now: MonotonicTime, _ emit: (OSDPAction) -> Void) {
        guard let waiting, now >= waiting.deadline else { return }
        // A frame that has begun in time may be finished, but nobody may keep the line for ever.
        if decoder.nextDeadline != nil, now < waiting.latest { return }
        decoder.reset()
        self.waiting = nil
        freeAt = now
        lastSilentTurn = turn
        let address = members[waiting.member].device.address
        let othersAnswer = members.indices.contains { $0 != waiting.member && !members[$0].device.isSilent }
        members[waiting.member].device.unanswered(
            at: now, longestPause: othersAnswer ? Self.longestPauseAmongOthers : Self.longestPauseAlone
        ) { emit(.event(address: address, $0)) }
    }

    /// Sends the next command if it is time, and says when to come back.
    private mutating func goOn(at now: MonotonicTime, _ emit: (OSDPAction) -> Void) {
        if waiting == nil, now >= freeAt, let index = nextMember(at: now) { ask(index, at: now, emit) }
        if let waiting {
            let partial = decoder.nextDeadline ?? waiting.deadline
            emit(.wake(at: min(max(waiting.deadline, partial), waiting.latest)))
        } else if let due = members.lazy.map(\.device.dueAt).min() {
            emit(.wake(at: max(due, freeAt)))
        }
    }

    private mutating func ask(_ index: Int, at now: MonotonicTime, _ emit: (OSDPAction) -> Void) {
        turn += 1
        members[index].turn = turn
        decoder.reset()
        emit(.flushInput)
        let bytes = members[index].device.frameToSend(at: now)
        let deadline = now.advanced(
            by: settings.time(forBytes: bytes.count) + settings.responseTime + settings.latencyAllowance)
        waiting = (index, deadline, deadline.advanced(by: settings.time(forBytes: OSDPFrameDecoder.capacity)))
        emit(.send(bytes))
    }

    /// The due reader that has waited longest; a silent one only if all that answer had a turn since the last silent one,
    /// and none is in the middle of its set-up, which takes only a few commands.
    private func nextMember(at now: MonotonicTime) -> Int? {
        var answering: Int?
        var silent: Int?
        var isInSetUp = false
        for index in members.indices where members[index].device.dueAt <= now {
            if members[index].device.isSilent {
                if silent.map({ members[index].turn < members[$0].turn }) ?? true { silent = index }
            } else {
                if members[index].device.step != .running { isInSetUp = true }
                if answering.map({ members[index].turn < members[$0].turn }) ?? true { answering = index }
            }
        }
        guard let silent, let answering else { return silent ?? answering }
        if isInSetUp { return answering }
        let first = members[answering].turn
        return first > lastSilentTurn && members[silent].turn < first ? silent : answering
    }
}

extension OSDPBus {
    /// As ``start(at:emit:)``; gives back the actions.
    public mutating func start(at now: MonotonicTime) -> [OSDPAction] {
        var actions: [OSDPAction] = []
        start(at: now) { actions.append($0) }
        return actions
    }

    /// As ``received(_:at:emit:)``, for an array; gives back the actions.
    public mutating func received(_ bytes: [UInt8], at now: MonotonicTime) -> [OSDPAction] {
        var actions: [OSDPAction] = []
        received(bytes.span, at: now) { actions.append($0) }
        return actions
    }

    /// As ``timerFired(at:emit:)``; gives back the actions.
    public mutating func timerFired(at now: MonotonicTime) -> [OSDPAction] {
        var actions: [OSDPAction] = []
        timerFired(at: now) { actions.append($0) }
        return actions
    }
}
