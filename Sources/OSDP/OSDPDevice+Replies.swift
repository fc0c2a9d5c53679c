import GateModel

extension OSDPDevice {
    /// What became of a reply.
    enum Outcome: Hashable {
        /// Nothing was asked that it could answer, or it may not be believed: the wait goes on.
        case ignored
        /// The line is free for the next command.
        case answered
    }

    /// - Parameter decoder: has the bytes of the frame at the front of its buffer.
    mutating func received(
        _ frame: OSDPFrame, in decoder: OSDPFrameDecoder, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void
    ) -> Outcome {
        let bytes = decoder.buffer.span.extracting(0..<frame.length)
        guard let question, isAnswer(frame, bytes, to: question) else {
            counters.strayReplies &+= 1
            return .ignored
        }
        defer { channel?.wipe() }
        let reply: OSDPReply?
        if frame.block?.hasMAC == true {
            guard channel != nil else {
                counters.wrongSecurity &+= 1
                return .ignored
            }
            do throws(OSDPSecureChannelError) {
                try channel?.openKeepingData(frame, bytes)
            } catch {
                counters.wrongMACs &+= 1
                connectionBroke(at: now, emit)
                return .answered
            }
            reply = channel.flatMap { OSDPReply(code: frame.code, data: $0.data.span) }
        } else {
            guard mayBeInClearText(frame) else {
                counters.wrongSecurity &+= 1
                return .ignored
            }
            reply = OSDPReply(code: frame.code, data: bytes.extracting(frame.data))
        }
        if reply == nil { counters.malformed &+= 1 }
        // What does not fit its code is an answer all the same: asked again, the reader would say the same.
        take(reply ?? .other(code: frame.code), frame, at: now, emit)
        return .answered
    }

    private func isAnswer(_ frame: OSDPFrame, _ bytes: Span<UInt8>, to question: Question) -> Bool {
        if frame.sequence == question.sequence { return true }
        guard frame.block == nil else { return false }
        switch frame.code {
        // BUSY always has sequence 0.
        case OSDPReply.busy.code: return frame.sequence == 0
        // A reader that is out of step says so with its own number.
        case OSDPReply.nak(.wrongSequence).code:
            return frame.data.count > 0 && bytes[frame.data.lowerBound] == OSDPNak.wrongSequence.code
        default: return false
        }
    }

    private func mayBeInClearText(_ frame: OSDPFrame) -> Bool {
        guard channel != nil else { return true }
        switch frame.code {
        case OSDPReply.nak(.cannotProcess).code, OSDPReply.busy.code: return true
        // After KEYSET some readers have forgotten the session when they answer.
        case OSDPReply.ack.code: return step == .installKey
        default: return false
        }
    }

    private mutating func take(
        _ reply: OSDPReply, _ frame: OSDPFrame, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void
    ) {
        counters.answers &+= 1
        if reply == .busy { return readerIsBusy(at: now, emit) }
        if case .nak(let nak) = reply {
            counters.naks &+= 1
            // Damaged on the way, so nothing was done: the same bytes again. Within a session that cannot be.
            let isDamaged = nak == .badCheck || nak == .badLength
            if channel == nil, isDamaged || step == .identify && nak == .wrongSequence {
                return unanswered(at: now, longestPause: Self.setUpInterval, reason: .protocolError, emit)
            }
        }
        tries = 0
        isSilent = false
        lastAnswerAt = now
        switch step {
        case .identify: identified(reply, at: now, emit)
        case .capabilities: toldCapabilities(reply, at: now, emit)
        case .challenge: answeredChallenge(reply, frame.block, at: now, emit)
        case .cryptogram: answeredCryptogram(reply, frame.block, at: now, emit)
        case .installKey: answeredKeySet(reply, at: now, emit)
        case .running: answered(reply, isSecured: frame.block?.hasMAC == true, at: now, emit)
        }
    }

    /// The same bytes are sent again. BUSY has no proof of who says it, so it does not keep a reader on line.
    private mutating func readerIsBusy(at now: MonotonicTime, _ emit: (OSDPEvent) -> Void) {
        counters.busy &+= 1
        tries = 0
        isSilent = false
        guard now.since(lastAnswerAt) < Self.offlineAfter else { return setUpFailed(.busy, at: now, emit) }
        dueAt = now.advanced(by: Self.busyPause)
    }

    // MARK: Set-up

    private mutating func identified(_ reply: OSDPReply, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void) {
        if case .identification(let identification) = reply, identification != known.identification {
            known.identification = identification
            emit(.identification(identification))
        }
        proceed(to: .capabilities, at: now)
    }

    /// Some readers refuse CAP; nothing depends on it.
    private mutating func toldCapabilities(_ reply: OSDPReply, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void) {
        if case .capabilities(let capabilities) = reply, capabilities != known.capabilities {
            known.capabilities = capabilities
            emit(.capabilities(capabilities))
        }
        switch (settings.security, reply) {
        case (.clear, .nak(.secureChannelRequired)):
            setUpFailed(.secureChannelRequired, at: now, emit)
        case (.clear, _):
            proceed(to: .running, at: now)
            beginPolling(at: now)
        case (.secure, _), (.install, _):
            proceed(to: .challenge, at: now)
        }
    }

    private mutating func answeredChallenge(
        _ reply: OSDPReply, _ block: OSDPSecurityBlock?, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void
    ) {
        switch reply {
        case .challengeAnswer(let answer) where block?.type == 0x12:
            if !usesFactoryKey, block?.value == 0 {
                if isInstalling { return keyRefused(at: now, emit) }
                return setUpFailed(.factoryDefaultKeyRefused, at: now, emit)
            }
            do throws(OSDPSecureChannelError) {
                guard let cryptogram = try handshake?.accept(answer) else { throw .notSecured }
                panelCryptogram = cryptogram
                proceed(to: .cryptogram, at: now)
            } catch {
                keyRefused(at: now, emit)
            }
        case .nak(.unknownCommand), .nak(.secureChannelUnsupported):
            setUpFailed(.secureChannelUnsupported, at: now, emit)
        case .nak(.secureChannelRequired):
            keyRefused(at: now, emit)
        default:
            setUpFailed(.protocolError, at: now, emit)
        }
    }

    private mutating func answeredCryptogram(
        _ reply: OSDPReply, _ block: OSDPSecurityBlock?, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void
    ) {
        // One maker's readers send 12 where the standard has 14.
        guard case .initialMAC(let mac) = reply, block?.type == 0x14 || block?.type == 0x12, block?.value != 0xFF else {
            return keyRefused(at: now, emit)
        }
        do throws(OSDPSecureChannelError) {
            guard let channel = try handshake?.accept(initialMAC: mac) else { throw .notSecured }
            self.channel = channel
        } catch {
            return keyRefused(at: now, emit)
        }
        handshake = nil
        counters.sessions &+= 1
        // Nothing but its own key is given to a reader in a session that anybody could have set up.
        proceed(to: usesFactoryKey ? .installKey : .running, at: now)
        if step == .running { beginPolling(at: now) }
    }

    private mutating func answeredKeySet(_ reply: OSDPReply, at now: MonotonicTime, _ emit: (OSDPEvent) -> Void) {
        switch reply {
        case .ack:
            usesFactoryKey = false
            restart(emit)
            dueAt = now
        case .nak(let nak): setUpFailed(.keyNotAccepted(nak), at: now, emit)
        default: setUpFailed(.protocolError, at: now, emit)
        }
    }

    private mutating func proceed(to step: Step, at now: MonotonicTime) {
        question = nil
        self.step = step
        dueAt = now
    }
}
