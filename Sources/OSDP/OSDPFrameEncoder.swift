/// Builds a frame, with the mark byte FF in front of it, in an array that is used again and again.
///
/// `begin`, then the code and the data are appended, then `finish`; with a session, ``OSDPSecureChannel`` finishes.
enum OSDPFrameEncoder {
    /// Where SOM stands: behind the mark byte.
    static let somOffset = 1

    static func begin(
        _ out: inout [UInt8], address: UInt8, isReply: Bool, sequence: UInt8, check: OSDPCheck,
        block: OSDPSecurityBlock? = nil
    ) {
        out.removeAll(keepingCapacity: true)
        out.append(OSDPFrame.mark)
        out.append(OSDPFrame.som)
        out.append(address & 0x7F | (isReply ? 0x80 : 0))
        // The length is known at the end.
        out.append(0)
        out.append(0)
        let control = sequence & 0x03 | (check == .crc ? OSDPFrame.crcBit : 0)
        out.append(block == nil ? control : control | OSDPFrame.blockBit)
        guard let block else { return }
        out.append(block.value == nil ? 2 : 3)
        out.append(block.type)
        if let value = block.value { out.append(value) }
    }

    /// Fills in the length that the frame will have once `missing` bytes more have been appended.
    static func setLength(_ out: inout [UInt8], missing: Int) {
        let length = out.count - somOffset + missing
        out[somOffset + 2] = UInt8(truncatingIfNeeded: length)
        out[somOffset + 3] = UInt8(truncatingIfNeeded: length >> 8)
    }

    /// Fills in the length and appends the check value.
    static func finish(_ out: inout [UInt8], check: OSDPCheck) {
        setLength(&out, missing: check.length)
        appendCheck(&out, check: check)
    }

    static func appendCheck(_ out: inout [UInt8], check: OSDPCheck) {
        switch check {
        case .checksum:
            out.append(OSDPCheck.checksum(of: out.span.extracting(droppingFirst: somOffset)))
        case .crc:
            let crc = OSDPCheck.crc(of: out.span.extracting(droppingFirst: somOffset))
            out.append(UInt8(truncatingIfNeeded: crc))
            out.append(UInt8(truncatingIfNeeded: crc >> 8))
        }
    }
}

extension OSDPCommand {
    /// The command as it goes on the wire in clear text, mark byte first.
    public func frame(
        address: UInt8, sequence: UInt8, check: OSDPCheck = .crc, block: OSDPSecurityBlock? = nil
    ) -> [UInt8] {
        var out: [UInt8] = []
        OSDPFrameEncoder.begin(
            &out, address: address, isReply: false, sequence: sequence, check: check, block: block)
        append(to: &out)
        OSDPFrameEncoder.finish(&out, check: check)
        return out
    }
}

extension OSDPReply {
    /// The reply as it goes on the wire in clear text, mark byte first.
    public func frame(
        address: UInt8, sequence: UInt8, check: OSDPCheck = .crc, block: OSDPSecurityBlock? = nil
    ) -> [UInt8] {
        var out: [UInt8] = []
        OSDPFrameEncoder.begin(
            &out, address: address, isReply: true, sequence: sequence, check: check, block: block)
        append(to: &out)
        OSDPFrameEncoder.finish(&out, check: check)
        return out
    }
}
