import Crypto

/// A secure session: encrypts, decrypts and chains the MACs of all frames.
///
/// A secured frame has the security block `02 15` (command) or `02 16` (reply) if it has no data, else `02 17` or `02 18`.
/// The code stays in clear text. Data is padded with `80 00…` to 16 bytes and encrypted with S-ENC by AES-CBC; the initial
/// value is the complement of the last MAC of the other side.
///
/// The MAC covers SOM to the end of the data, padded with `80 00…` if it is not a multiple of 16: AES-CBC with S-MAC1, the
/// last block with S-MAC2; the initial value is the last MAC of the other side. Four of its bytes are sent, all sixteen are
/// kept. So each frame depends on all frames before it.
///
/// Serves both sides, since the direction is a bit of each frame. Holds one frame's data, at most 1440 bytes, allocated
/// once and overwritten with zero before the next. Keys are never printed.
public struct OSDPSecureChannel: Sendable, CustomStringConvertible, CustomReflectable {
    private let keys: OSDPSessionKeys
    private var commandMAC: [UInt8]
    private var replyMAC: [UInt8]
    /// Where blocks are worked on.
    private var block = [UInt8](repeating: 0, count: OSDPCipher.blockLength)
    /// The data of the last frame that was opened.
    private(set) var data: [UInt8] = []

    /// - Parameter initialMAC: 16 bytes, what RMAC_I says.
    public init(keys: OSDPSessionKeys, initialMAC: [UInt8]) throws(OSDPSecureChannelError) {
        guard initialMAC.count == OSDPCipher.blockLength else { throw .wrongLength }
        self.keys = keys
        replyMAC = initialMAC
        commandMAC = initialMAC
        data.reserveCapacity(OSDPFrame.lengths.upperBound)
    }

    public var description: String { "OSDPSecureChannel(withheld)" }

    /// Empty, for `dump` and the debugger.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    // MARK: Sending

    /// Secures a command, mark byte first, and moves the chain on.
    public mutating func seal(
        _ command: OSDPCommand, address: UInt8, sequence: UInt8
    ) throws(OSDPSecureChannelError) -> [UInt8] {
        var out: [UInt8] = []
        begin(&out, address: address, isReply: false, sequence: sequence)
        command.append(to: &out)
        try finish(&out)
        return out
    }

    /// Secures a reply, mark byte first, and moves the chain on.
    public mutating func seal(
        _ reply: OSDPReply, address: UInt8, sequence: UInt8
    ) throws(OSDPSecureChannelError) -> [UInt8] {
        var out: [UInt8] = []
        begin(&out, address: address, isReply: true, sequence: sequence)
        reply.append(to: &out)
        try finish(&out)
        return out
    }

    /// Begins a frame; the code and the data are appended next, then `finish`.
    func begin(_ out: inout [UInt8], address: UInt8, isReply: Bool, sequence: UInt8) {
        OSDPFrameEncoder.begin(
            &out, address: address, isReply: isReply, sequence: sequence, check: .crc,
            block: OSDPSecurityBlock(type: isReply ? 0x16 : 0x15))
    }

    mutating func finish(_ out: inout [UInt8]) throws(OSDPSecureChannelError) {
        let start = OSDPFrameEncoder.somOffset
        let dataStart = start + OSDPFrame.headerLength + 3
        guard out.count >= dataStart else { throw .wrongLength }
        let isReply = out[start + 1] & 0x80 != 0
        if out.count > dataStart {
            // 15 becomes 17, 16 becomes 18.
            out[dataStart - 2] &+= 2
            try encrypt(&out, from: dataStart, isReply: isReply)
        }
        OSDPFrameEncoder.setLength(&out, missing: OSDPFrame.macLength + OSDPCheck.crc.length)
        try computeMAC(of: out.span.extracting(droppingFirst: start), isReply: isReply)
        keepMAC(isReply: isReply)
        for index in 0..<OSDPFrame.macLength { out.append(block[index]) }
        OSDPFrameEncoder.appendCheck(&out, check: .crc)
    }

    // MARK: Receiving

    /// Verifies a frame of the session, moves the chain on and decrypts the data. A frame with a wrong MAC moves nothing.
    ///
    /// - Parameter bytes: those of the frame, from SOM on.
    /// - Returns: the data in clear text.
    public mutating func open(_ frame: OSDPFrame, _ bytes: Span<UInt8>) throws(OSDPSecureChannelError) -> [UInt8] {
        try openKeepingData(frame, bytes)
        return data
    }

    /// The same without a copy: leaves the data in `data`, until `wipe()`.
    mutating func openKeepingData(_ frame: OSDPFrame, _ bytes: Span<UInt8>) throws(OSDPSecureChannelError) {
        wipe()
        guard let mac = frame.mac, let type = frame.block?.type, frame.isReply == type.isMultiple(of: 2) else {
            throw .notSecured
        }
        try computeMAC(of: bytes.extracting(0..<mac.lowerBound), isReply: frame.isReply)
        var difference: UInt8 = 0
        for index in 0..<OSDPFrame.macLength { difference |= block[index] ^ bytes[mac.lowerBound + index] }
        guard difference == 0 else { throw .macMismatch }
        keepMAC(isReply: frame.isReply)
        let encrypted = bytes.extracting(frame.data)
        if frame.block?.isEncrypted == true {
            try decrypt(encrypted, isReply: frame.isReply)
        } else {
            for index in 0..<encrypted.count { data.append(encrypted[index]) }
        }
    }

    /// Overwrites the data of the last frame with zero.
    mutating func wipe() {
        for index in block.indices { block[index] = 0 }
        for index in data.indices { data[index] = 0 }
        data.removeAll(keepingCapacity: true)
    }

    // MARK: Blocks

    /// Leaves the MAC in `block`.
    private mutating func computeMAC(of bytes: Span<UInt8>, isReply: Bool) throws(OSDPSecureChannelError) {
        copyOtherSidesMAC(isReply: isReply)
        var start = 0
        while start < bytes.count {
            let count = min(OSDPCipher.blockLength, bytes.count - start)
            for index in 0..<count { block[index] ^= bytes[start + index] }
            if count < OSDPCipher.blockLength { block[count] ^= 0x80 }
            start += count
            try OSDPCipher.encrypt(&block, start < bytes.count ? keys.mac1 : keys.mac2)
        }
    }

    private mutating func encrypt(
        _ out: inout [UInt8], from dataStart: Int, isReply: Bool
    ) throws(OSDPSecureChannelError) {
        out.append(0x80)
        while !(out.count - dataStart).isMultiple(of: OSDPCipher.blockLength) { out.append(0) }
        copyOtherSidesMAC(isReply: isReply)
        for index in block.indices { block[index] = ~block[index] }
        for start in stride(from: dataStart, to: out.count, by: OSDPCipher.blockLength) {
            for index in block.indices { block[index] ^= out[start + index] }
            try OSDPCipher.encrypt(&block, keys.encryption)
            for index in block.indices { out[start + index] = block[index] }
        }
    }

    /// Leaves the clear text in `data`.
    private mutating func decrypt(_ bytes: Span<UInt8>, isReply: Bool) throws(OSDPSecureChannelError) {
        guard bytes.count.isMultiple(of: OSDPCipher.blockLength) else { throw .wrongLength }
        // Some readers use the types for encrypted data where there is none.
        guard bytes.count > 0 else { return }
        for start in stride(from: 0, to: bytes.count, by: OSDPCipher.blockLength) {
            for index in block.indices { block[index] = bytes[start + index] }
            try OSDPCipher.decrypt(&block, keys.encryption)
            for index in block.indices {
                // The chain has moved on already for this side, not for the other.
                let mask = start == 0 ? ~otherSidesMAC(isReply, index) : bytes[start - OSDPCipher.blockLength + index]
                data.append(block[index] ^ mask)
            }
        }
        while data.last == 0 { data.removeLast() }
        guard data.last == 0x80 else { throw .noPadding }
        data.removeLast()
    }

    private func otherSidesMAC(_ isReply: Bool, _ index: Int) -> UInt8 {
        isReply ? commandMAC[index] : replyMAC[index]
    }

    private mutating func copyOtherSidesMAC(isReply: Bool) {
        for index in block.indices { block[index] = otherSidesMAC(isReply, index) }
    }

    private mutating func keepMAC(isReply: Bool) {
        for index in block.indices {
            if isReply { replyMAC[index] = block[index] } else { commandMAC[index] = block[index] }
        }
    }
}
