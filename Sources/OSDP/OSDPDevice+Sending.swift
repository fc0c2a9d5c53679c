import GateModel

extension OSDPDevice {
    /// The bytes to send now: the next command, or once more the one that has no answer.
    mutating func frameToSend(at now: MonotonicTime) -> [UInt8] {
        lastSentAt = now
        counters.sent &+= 1
        if question == nil { prepare() } else { counters.repeats &+= 1 }
        return frame
    }

    private mutating func prepare() {
        do throws(OSDPSecureChannelError) {
            try encodeNext()
        } catch {
            // Only a key of the wrong length could do it, and there is none.
            breakOff()
            encode(.identify)
        }
    }

    private mutating func encodeNext() throws(OSDPSecureChannelError) {
        switch (step, settings.security) {
        case (.identify, _):
            encode(.identify)
        case (.capabilities, _):
            encode(.capabilities)
        case (.challenge, .secure(let key)), (.challenge, .install(let key)):
            let number = random()
            let panelRandom = (0..<OSDPSessionKeys.randomLength).map {
                UInt8(truncatingIfNeeded: number >> (8 * UInt64($0)))
            }
            handshake = try OSDPHandshake(key: usesFactoryKey ? .factoryDefault : key, panelRandom: panelRandom)
            encode(.challenge(panelRandom), block: OSDPSecurityBlock(type: 0x11, value: keyNumber))
        case (.cryptogram, _):
            encode(.panelCryptogram(panelCryptogram), block: OSDPSecurityBlock(type: 0x13, value: keyNumber))
        case (.installKey, .secure(let key)), (.installKey, .install(let key)):
            try seal(.keySet(key))
        case (.running, .clear):
            let (command, isEnqueued) = nextCommand()
            encode(command, isEnqueued: isEnqueued)
        case (.running, _):
            let (command, isEnqueued) = nextCommand()
            try seal(command, isEnqueued: isEnqueued)
        case (.challenge, .clear), (.installKey, .clear):
            throw .notSecured
        }
    }

    /// How the security block names the key: 0 = SCBK-D, 1 = the reader's own.
    var keyNumber: UInt8 { usesFactoryKey ? 0 : 1 }

    private mutating func nextCommand() -> (OSDPCommand, isEnqueued: Bool) {
        if !statusToAsk.isEmpty { return (statusToAsk.removeFirst(), false) }
        guard !isPollNext, !queue.isEmpty else {
            isPollNext = false
            return (.poll, false)
        }
        isPollNext = true
        return (queue.removeFirst(), true)
    }

    /// In clear text.
    private mutating func encode(_ command: OSDPCommand, block: OSDPSecurityBlock? = nil, isEnqueued: Bool = false) {
        let check = block == nil ? settings.check : .crc
        OSDPFrameEncoder.begin(
            &frame, address: address, isReply: false, sequence: nextSequence, check: check, block: block)
        command.append(to: &frame)
        OSDPFrameEncoder.finish(&frame, check: check)
        ask(command, isEnqueued: isEnqueued)
    }

    /// Within the session. There is no way from here to clear text.
    private mutating func seal(_ command: OSDPCommand, isEnqueued: Bool = false) throws(OSDPSecureChannelError) {
        guard channel != nil else { throw .notSecured }
        channel?.begin(&frame, address: address, isReply: false, sequence: nextSequence)
        command.append(to: &frame)
        try channel?.finish(&frame)
        ask(command, isEnqueued: isEnqueued)
    }

    private mutating func ask(_ command: OSDPCommand, isEnqueued: Bool) {
        question = Question(
            code: command.code, sequence: nextSequence, enqueued: isEnqueued ? command.name : nil)
        nextSequence = nextSequence % 3 + 1
    }
}
