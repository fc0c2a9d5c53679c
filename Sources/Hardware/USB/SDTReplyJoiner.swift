/// Joins the replies of an SDT reader that sends header and body over two pipes.
///
/// The header is 7 bytes: preamble `AA AA AA 96 69` and the length of the body, 2 bytes, big-endian. Packets may be cut
/// anywhere and the two pipes may overtake each other, but a packet holds bytes of one reply only. Only whole replies are
/// handed over, so that a body that never came cannot swallow the reply after it.
///
/// Holds at most ``capacity`` bytes, overwritten with zero as soon as they are handed over or dropped (principle 6).
package struct SDTReplyJoiner: Sendable {
    package static let headerLength = 7
    private static let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]
    private static let bodyLengths = 4...4096
    /// The longest reply, header included.
    package static let capacity = headerLength + bodyLengths.upperBound

    package private(set) var bytesDropped: UInt64 = 0
    /// The header, and from ``headerLength`` on the body. All bytes that are not held are zero.
    private var frame = [UInt8](repeating: 0, count: capacity)
    private var headerCount = 0
    private var bodyCount = 0

    package init() {}

    /// Takes a packet of the header's pipe.
    package mutating func header(_ packet: Span<UInt8>, emit: (Span<UInt8>) -> Void) {
        for index in packet.indices {
            // The body of the reply before never came whole.
            if headerCount == Self.headerLength { reset() }
            frame[headerCount] = packet[index]
            headerCount += 1
            findHeader()
            finish(emit)
        }
    }

    /// Takes a packet of the body's pipe.
    package mutating func body(_ packet: Span<UInt8>, emit: (Span<UInt8>) -> Void) {
        let room = (bodyLength ?? Self.bodyLengths.upperBound) - bodyCount
        // More than fits is no reply, or one whose header was lost.
        if packet.count > room, bodyLength == nil { reset() }
        let count = min(packet.count, (bodyLength ?? Self.bodyLengths.upperBound) - bodyCount)
        for offset in 0..<count { frame[Self.headerLength + bodyCount + offset] = packet[offset] }
        bodyCount += count
        bytesDropped &+= UInt64(packet.count - count)
        finish(emit)
    }

    /// Drops a reply that has begun.
    package mutating func reset() {
        bytesDropped &+= UInt64(headerCount + bodyCount)
        wipe()
    }

    /// What the header says, once it is whole.
    private var bodyLength: Int? {
        headerCount == Self.headerLength ? Int(frame[5]) << 8 | Int(frame[6]) : nil
    }

    /// Drops bytes from the front until what is held is a header or the beginning of one.
    private mutating func findHeader() {
        while headerCount > 0, !isHeader {
            for index in 1..<headerCount { frame[index - 1] = frame[index] }
            headerCount -= 1
            frame[headerCount] = 0
            bytesDropped &+= 1
        }
    }

    private var isHeader: Bool {
        for index in 0..<min(headerCount, Self.preamble.count) where frame[index] != Self.preamble[index] {
            return false
        }
        return bodyLength.map(Self.bodyLengths.contains) ?? true
    }

    private mutating func finish(_ emit: (Span<UInt8>) -> Void) {
        guard let bodyLength, bodyCount >= bodyLength else { return }
        emit(frame.span.extracting(0..<Self.headerLength + bodyLength))
        // A body that overtook its header may have been longer than the header says.
        bytesDropped &+= UInt64(bodyCount - bodyLength)
        wipe()
    }

    private mutating func wipe() {
        for index in 0..<headerCount { frame[index] = 0 }
        for index in 0..<bodyCount { frame[Self.headerLength + index] = 0 }
        headerCount = 0
        bodyCount = 0
    }
}
