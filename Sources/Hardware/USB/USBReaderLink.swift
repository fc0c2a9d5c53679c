/// Puts requests on the pipes of an SDT reader and makes one stream of bytes of its replies.
///
/// A value that knows nothing of USB but endpoints: packets in, writes and bytes out.
package struct USBReaderLink: Sendable {
    /// Something to be written to one pipe.
    package struct Write: Hashable, Sendable {
        package let endpoint: USBEndpoint
        package let bytes: [UInt8]

        package init(endpoint: USBEndpoint, bytes: [UInt8]) {
            self.endpoint = endpoint
            self.bytes = bytes
        }
    }

    package let transport: USBTransport
    private var joiner = SDTReplyJoiner()
    /// What of the present request is not yet written. One write is on its way while `isSending`.
    private var rest: Write?
    private var isSending = false

    package init(_ transport: USBTransport) { self.transport = transport }

    /// Bytes that the device sent and that belong to no whole reply.
    package var bytesDropped: UInt64 { joiner.bytesDropped }

    /// Begins to send a request.
    ///
    /// - Returns: what to write first; `nil` if the request before is not gone yet, or if this is none.
    package mutating func send(_ request: [UInt8]) -> Write? {
        guard !isSending, request.count > SDTReplyJoiner.headerLength else { return nil }
        isSending = true
        switch transport {
        case .whole(let out, _):
            return Write(endpoint: out, bytes: request)
        case .split(let headerOut, let bodyOut, _, _):
            // One after the other: nothing keeps the order of two pipes.
            rest = Write(endpoint: bodyOut, bytes: Array(request[SDTReplyJoiner.headerLength...]))
            return Write(endpoint: headerOut, bytes: Array(request[..<SDTReplyJoiner.headerLength]))
        }
    }

    /// A write is done.
    ///
    /// - Returns: what to write next.
    package mutating func written() -> Write? {
        let next = rest
        rest = nil
        isSending = next != nil
        return next
    }

    /// Takes a packet from a pipe and hands over the bytes that a frame decoder is to see.
    package mutating func received(
        _ packet: Span<UInt8>, from endpoint: UInt8, emit: (Span<UInt8>) -> Void
    ) {
        switch transport {
        case .whole(_, let input):
            if endpoint == input.address { emit(packet) }
        case .split(_, _, let headerIn, let bodyIn):
            if endpoint == headerIn.address { joiner.header(packet, emit: emit) }
            if endpoint == bodyIn.address { joiner.body(packet, emit: emit) }
        }
    }

    /// Forgets a reply that has begun.
    package mutating func flushInput() { joiner.reset() }
}
