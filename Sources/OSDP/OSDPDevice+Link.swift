import GateModel

/// What happens when something does not go as it should.
extension OSDPDevice {
    /// No answer came in time, or only that the command arrived damaged.
    ///
    /// - Parameters:
    ///   - longestPause: the pause grows up to this, so that a dead reader does not slow its neighbours.
    ///   - reason: what a reader is off line for that goes on like this.
    mutating func unanswered(
        at now: MonotonicTime, longestPause: Duration, reason: OSDPOfflineReason = .noAnswer,
        _ emit: (OSDPEvent) -> Void
    ) {
        counters.unanswered &+= 1
        tries += 1
        isSilent = true
        if tries >= Self.triesBeforeRestart, step != .identify {
            // The reader may have taken its key without a chance to say so.
            if step == .installKey { usesFactoryKey = false }
            if !isProven { goOffline(reason, emit) }
            restart(emit)
        }
        if now.since(lastAnswerAt) >= Self.offlineAfter { goOffline(reason, emit) }
        let pause: Duration =
            switch tries {
            case 1: .zero
            case 2: .milliseconds(100)
            case 3: .milliseconds(250)
            default: longestPause
            }
        dueAt = now.advanced(by: min(pause, longestPause))
    }

    /// The connection broke although the reader answers: begins anew at once, unless it breaks again and again.
    mutating func connectionBroke(at now: MonotonicTime, _ emit: (OSDPEvent) -> Void) {
        guard step == .running, isProven else { return setUpFailed(.sessionBroken, at: now, emit) }
        restart(emit)
        dueAt = now
    }

    /// The set-up was refused.
    mutating func setUpFailed(_ reason: OSDPOfflineReason, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void) {
        goOffline(reason, emit)
        restart(emit)
        dueAt = now.advanced(by: Self.setUpInterval)
    }

    /// The reader does not have the key that was tried. Install mode tries the other one.
    mutating func keyRefused(at now: MonotonicTime, _ emit: (OSDPEvent) -> Void) {
        guard isInstalling else { return setUpFailed(.wrongKey, at: now, emit) }
        usesFactoryKey.toggle()
        refusedKeys += 1
        if refusedKeys.isMultiple(of: 2) { return setUpFailed(.installationRefused, at: now, emit) }
        restart(emit)
        dueAt = now
    }

    /// Begins the set-up anew; what waits in the queue goes on waiting.
    mutating func restart(_ emit: (OSDPEvent) -> Void) {
        counters.restarts &+= 1
        let lost = question?.enqueued
        breakOff()
        if let lost { emit(.commandFailed(lost, .unknown)) }
    }

    /// Forgets the session and the open question.
    mutating func breakOff() {
        step = .identify
        question = nil
        askedAddress = nil
        nextSequence = 0
        handshake = nil
        panelCryptogram = []
        channel = nil
        isProven = false
        statusToAsk.removeAll()
        isPollNext = false
    }

    mutating func goOffline(_ reason: OSDPOfflineReason, _ emit: (OSDPEvent) -> Void) {
        guard condition != .offline(reason) else { return }
        condition = .offline(reason)
        known.localStatus = nil
        known.inputs = nil
        known.outputs = nil
        known.readers = nil
        emit(.offline(reason))
        for command in queue { emit(.commandFailed(command.name, .notSent)) }
        queue.removeAll()
    }

    /// The set-up is complete; the first answer after it brings the reader on line.
    mutating func beginPolling(at now: MonotonicTime) {
        refusedKeys = 0
        statusToAsk = [.localStatus]
        if known.capabilities?.inputs ?? 0 > 0 { statusToAsk.append(.inputStatus) }
        let wasPolled = lastPollAnswerAt.map { now.since($0) <= Self.freshness } ?? false
        staleUntil = wasPolled ? nil : now.advanced(by: Self.freshness)
    }

    mutating func goOnline(_ emit: (OSDPEvent) -> Void) {
        isProven = true
        if isInstalling {
            isInstalling = false
            emit(.keyInstalled)
        }
        guard !isOnline else { return }
        condition = .online
        emit(.online(secure: channel != nil))
    }
}
