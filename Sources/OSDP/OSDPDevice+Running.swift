import GateModel

/// Answers of a reader that is set up.
extension OSDPDevice {
    mutating func answered(
        _ reply: OSDPReply, isSecured: Bool, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void
    ) {
        if case .nak(let nak) = reply {
            guard refused(with: nak, isSecured: isSecured, at: now, emit) else { return }
        }
        if !isProven { goOnline(emit) }
        let asked = question?.code
        question = nil
        report(reply, to: asked, at: now, emit)
        if asked == OSDPCommand.poll.code {
            lastPollAnswerAt = now
            switch reply {
            case .card, .keypad: break
            // Nothing is left that the reader had kept.
            default: staleUntil = nil
            }
        }
        // Either may have begun the set-up anew.
        guard step == .running else { return }
        let isIdle = statusToAsk.isEmpty && (queue.isEmpty || isPollNext)
        dueAt = isIdle ? lastSentAt.advanced(by: settings.pollInterval) : now
    }

    /// - Returns: whether the connection holds.
    private mutating func refused(
        with nak: OSDPNak, isSecured: Bool, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void
    ) -> Bool {
        switch nak {
        case .secureChannelRequired where channel == nil:
            setUpFailed(.secureChannelRequired, at: now, emit)
            return false
        // A session in which one side speaks clear text is none.
        case _ where channel != nil && !isSecured, .wrongSequence, .secureChannelRequired, .secureChannelUnsupported:
            connectionBroke(at: now, emit)
            return false
        default:
            if let name = question?.enqueued { emit(.commandFailed(name, .refused(nak))) }
            return true
        }
    }

    private mutating func report(
        _ reply: OSDPReply, to asked: UInt8?, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void
    ) {
        switch reply {
        case .card(let card):
            if isFresh(at: now) { emit(.card(card)) }
        case .keypad(let keypad):
            if isFresh(at: now) { emit(.keypad(keypad)) }
        case .localStatus(let status):
            if status != known.localStatus { emit(.localStatus(status)) }
            known.localStatus = status
        case .inputs(let states):
            if states != known.inputs { emit(.inputs(states)) }
            known.inputs = states
        case .outputs(let states):
            if states != known.outputs { emit(.outputs(states)) }
            known.outputs = states
        case .readers(let readers):
            if readers != known.readers { emit(.readers(readers)) }
            known.readers = readers
        case .communication(let communication) where asked == OSDPCommand.communicationCode:
            // A reader may refuse by naming what it has; nobody else's address is believed.
            if communication.address == askedAddress { address = communication.address }
            emit(.communication(OSDPCommunication(address: address, rate: communication.rate)))
            restart(emit)
            dueAt = now
        default:
            break
        }
    }

    /// What a reader kept while nobody asked is of another time (principle 17).
    private mutating func isFresh(at now: MonotonicTime) -> Bool {
        guard let staleUntil, now < staleUntil else { return true }
        counters.staleReads &+= 1
        return false
    }
}
