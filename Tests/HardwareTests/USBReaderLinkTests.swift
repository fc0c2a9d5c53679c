import GateModel
import Hardware
import TestSupport
import Testing

private func endpoint(_ address: UInt8, _ kind: USBEndpoint.Kind = .bulk) -> USBEndpoint {
    USBEndpoint(address: address, kind: kind, packetSize: 64)
}

private let ministry = [endpoint(0x81), endpoint(0x02), endpoint(0x85), endpoint(0x06)]

/// Replies as readers give them, from the shortest to a whole card.
private let replies: [[UInt8]] = [
    bytes("AA AA AA 96 69 00 04 00 00 80 84"),
    bytes("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97"),
    bytes("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"),
    bytes("AA AA AA 96 69 05 08 00 00 90 01 00 04 00") + bytes(TextBlocks.resident)
        + [UInt8](repeating: 0, count: 1024) + [0x52],
    bytes("AA AA AA 96 69 00 14 00 00 90 05 00 01 00 09 B8 32 01 05 BE 12 00 AD C5 B1 11 63"),
    bytes("AA AA AA 96 69 00 04 00 00 41 45"),
]

/// What a link made of packets.
private struct Received {
    var link: USBReaderLink
    var bytes: [UInt8] = []

    init(_ endpoints: [USBEndpoint]) throws { link = USBReaderLink(try #require(USBTransport(endpoints))) }

    mutating func take(_ packet: some Collection<UInt8>, from endpoint: UInt8) {
        link.received(Array(packet).span, from: endpoint) { whole in
            for index in whole.indices { bytes.append(whole[index]) }
        }
    }

    /// A reply as a device of transport A sends it, in packets of 64 bytes.
    mutating func takeSplit(_ reply: [UInt8]) {
        take(reply.prefix(7), from: 0x81)
        takeBody(reply.dropFirst(7))
    }

    mutating func takeBody(_ body: ArraySlice<UInt8>) {
        var rest = body
        while !rest.isEmpty {
            take(rest.prefix(64), from: 0x85)
            rest = rest.dropFirst(64)
        }
    }
}

struct USBTransportTests {
    @Test func `the ministry's four pipes carry header and body apart, in whatever order they are listed`() {
        for endpoints in [ministry, ministry.reversed()] {
            let transport = USBTransport(endpoints)
            #expect(
                transport
                    == .split(
                        headerOut: endpoint(0x02), bodyOut: endpoint(0x06), headerIn: endpoint(0x81),
                        bodyIn: endpoint(0x85)))
            #expect(transport?.inputs.map(\.address) == [0x81, 0x85])
        }
    }

    @Test func `one pipe each way carries whole frames, whatever their numbers and kind`() {
        for (out, input) in [(0x01, 0x81), (0x02, 0x81), (0x03, 0x84)] as [(UInt8, UInt8)] {
            let pipes = [endpoint(input, .interrupt), endpoint(out)]
            #expect(USBTransport(pipes) == .whole(out: endpoint(out), in: endpoint(input, .interrupt)))
        }
    }

    @Test(
        arguments: [
            [], [0x81], [0x02], [0x81, 0x85], [0x02, 0x06], [0x02, 0x06, 0x81], [0x01, 0x06, 0x81, 0x85],
            [0x02, 0x06, 0x81, 0x85, 0x86], [0x02, 0x81, 0x83], [0x02, 0x02, 0x81, 0x85],
        ] as [[UInt8]])
    func `any other set of pipes is no reader`(addresses: [UInt8]) {
        #expect(USBTransport(addresses.map { endpoint($0) }) == nil)
    }

    @Test func `pipes that are neither bulk nor interrupt are no reader's`() {
        #expect(USBTransport([endpoint(0x02), endpoint(0x81, .other)]) == nil)
        #expect(USBTransport(ministry.dropLast() + [endpoint(0x06, .other)]) == nil)
    }

    @Test func `a packet size that no pipe has is corrected`() {
        #expect(USBEndpoint(address: 1, kind: .bulk, packetSize: 0).packetSize == 8)
        #expect(USBEndpoint(address: 1, kind: .bulk, packetSize: 2047).packetSize == 1024)
        #expect("\(endpoint(0x02)), \(endpoint(0x85))" == "02 OUT, 85 IN")
    }
}

struct USBReaderLinkTests {
    @Test(
        arguments: [
            "AA AA AA 96 69 00 03 10 FF EC", "AA AA AA 96 69 00 03 11 FF ED", "AA AA AA 96 69 00 03 12 FF EE",
            "AA AA AA 96 69 00 03 20 01 22", "AA AA AA 96 69 00 03 20 02 21", "AA AA AA 96 69 00 03 30 01 32",
            "AA AA AA 96 69 00 03 30 10 23", "AA AA AA 96 69 00 03 30 03 30", "AA AA AA 96 69 00 04 61 FF 50 CA",
        ])
    func `a request goes out as header and body, the body once the header is gone`(hex: String) throws {
        let request = bytes(hex)
        var link = USBReaderLink(try #require(USBTransport(ministry)))
        let header = link.send(request)
        #expect(header == .init(endpoint: endpoint(0x02), bytes: Array(request[..<7])))
        #expect(link.send(request) == nil)
        let body = link.written()
        #expect(body == .init(endpoint: endpoint(0x06), bytes: Array(request[7...])))
        #expect(link.send(request) == nil)
        #expect(link.written() == nil)
        #expect(link.send(request) == header)
    }

    @Test func `over one pipe a request goes out whole`() throws {
        let request = bytes("AA AA AA 96 69 00 03 20 01 22")
        var link = USBReaderLink(try #require(USBTransport([endpoint(0x03), endpoint(0x84)])))
        #expect(link.send(request) == .init(endpoint: endpoint(0x03), bytes: request))
        #expect(link.send(request) == nil)
        #expect(link.written() == nil)
        #expect(link.send(request) != nil)
    }

    @Test func `what is too short to be a request is not sent`() throws {
        var link = USBReaderLink(try #require(USBTransport(ministry)))
        for count in 0...7 { #expect(link.send([UInt8](repeating: 0xAA, count: count)) == nil) }
        #expect(link.send([UInt8](repeating: 0xAA, count: 8)) != nil)
    }

    @Test func `replies over two pipes become one stream`() throws {
        var received = try Received(ministry)
        for reply in replies { received.takeSplit(reply) }
        #expect(received.bytes == replies.flatMap(\.self))
        #expect(received.link.bytesDropped == 0)
    }

    @Test func `replies over one pipe pass as they come`() throws {
        var received = try Received([endpoint(0x03), endpoint(0x84)])
        for reply in replies { received.take(reply, from: 0x84) }
        received.take([1, 2, 3], from: 0x81)
        #expect(received.bytes == replies.flatMap(\.self))
    }

    @Test func `packets may be cut anywhere`() throws {
        var random = SeededGenerator(seed: 63)
        for _ in 0..<50 {
            var received = try Received(ministry)
            for reply in replies {
                for (part, pipe) in [(reply[..<7], 0x81), (reply[7...], 0x85)] as [(ArraySlice<UInt8>, UInt8)] {
                    var rest = part
                    while !rest.isEmpty {
                        let count = Int.random(in: 0...rest.count, using: &random)
                        received.take(rest.prefix(count), from: pipe)
                        rest = rest.dropFirst(count)
                    }
                }
            }
            #expect(received.bytes == replies.flatMap(\.self))
        }
    }

    @Test func `a body may overtake its header`() throws {
        for reply in replies {
            var received = try Received(ministry)
            received.takeBody(reply[7...])
            #expect(received.bytes == [])
            received.take(reply[..<7], from: 0x81)
            #expect(received.bytes == reply)
        }
    }

    @Test func `a body that never came does not harm the reply after it`() throws {
        var received = try Received(ministry)
        received.take(replies[3][..<7], from: 0x81)
        received.take(replies[3][7..<71], from: 0x85)
        received.takeSplit(replies[1])
        #expect(received.bytes == replies[1])
        #expect(received.link.bytesDropped == 71)
    }

    @Test func `noise before a header is dropped and counted`() throws {
        var received = try Received(ministry)
        received.take([0x00, 0xAA, 0xAA, 0x96], from: 0x81)
        received.take([0xAA, 0xAA, 0xAA, 0xAA, 0x96], from: 0x81)
        received.take([0x69, 0x00, 0x04], from: 0x81)
        received.take(replies[0][7...], from: 0x85)
        #expect(received.bytes == replies[0])
        #expect(received.link.bytesDropped == 5)
    }

    @Test(arguments: [0, 1, 3, 4097, 65535])
    func `a header with an absurd length is none`(length: Int) throws {
        var received = try Received(ministry)
        received.take(
            [0xAA, 0xAA, 0xAA, 0x96, 0x69, UInt8(length >> 8), UInt8(length & 0xFF)], from: 0x81)
        received.takeSplit(replies[1])
        #expect(received.bytes == replies[1])
        #expect(received.link.bytesDropped == 7)
    }

    @Test func `a body longer than its header says is cut, and the next reply is whole`() throws {
        var received = try Received(ministry)
        received.take(replies[0][..<7], from: 0x81)
        received.take(replies[0][7...] + [1, 2, 3], from: 0x85)
        received.takeSplit(replies[1])
        #expect(received.bytes == replies[0] + replies[1])
        #expect(received.link.bytesDropped == 3)
    }

    @Test func `bodies without a header cost no more than one body`() throws {
        var received = try Received(ministry)
        for _ in 0..<1000 { received.take([UInt8](repeating: 7, count: 64), from: 0x85) }
        #expect(received.bytes == [])
        received.link.flushInput()
        #expect(received.link.bytesDropped == 64_000)
        received.takeSplit(replies[1])
        #expect(received.bytes == replies[1])
    }

    @Test func `the longest body there can be passes`() throws {
        let body = [UInt8](repeating: 5, count: 4096)
        var received = try Received(ministry)
        received.takeSplit([0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x10, 0x00] + body)
        #expect(received.bytes.count == SDTReplyJoiner.capacity)
    }

    @Test func `no packets whatever stop it, and after a flush the next reply is whole`() throws {
        var random = SeededGenerator(seed: 64)
        var received = try Received(ministry)
        var sent = 0
        for _ in 0..<3000 {
            var packet = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0 ... .max, using: &random)
            }
            // Headers that begin well, so that lengths are reached.
            if Bool.random(using: &random) {
                packet = [0xAA, 0xAA, 0xAA, 0x96, 0x69, UInt8.random(in: 0...16, using: &random)] + packet
            }
            sent += packet.count
            received.take(packet, from: Bool.random(using: &random) ? 0x81 : 0x85)
        }
        received.link.flushInput()
        #expect(UInt64(received.bytes.count) + received.link.bytesDropped == UInt64(sent))
        received.bytes = []
        received.takeSplit(replies[3])
        #expect(received.bytes == replies[3])
    }
}
