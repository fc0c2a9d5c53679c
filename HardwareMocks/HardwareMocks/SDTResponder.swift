import GateModel

/// What an SDT reader answers. A value: requests in, replies out.
public struct SDTResponder: Sendable {
    /// What lies on the reader.
    public enum Card: Hashable, Sendable {
        case document(SimulatedDocument)
        /// Found and selected, but every read fails.
        case unreadable
    }

    /// What the reader does wrong.
    public enum Fault: String, Hashable, Sendable, CaseIterable {
        /// The check byte of each reply is wrong.
        case badChecksum = "bad-checksum"
        /// Every READ is answered with 41.
        case readFailed = "read-failed"
        /// Nothing is answered.
        case silent
    }

    private enum Progress {
        case none, found, selected, read
    }

    private static let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]
    /// CMD, PARA, data and XOR; no request of the protocol is longer.
    private static let longestRequest = 64
    /// Of the fact sheet's example, `05.01-20101129-0001228293-0296863149`.
    private static let samID: [UInt8] = [
        0x05, 0x00, 0x01, 0x00, 0x09, 0xB8, 0x32, 0x01, 0x05, 0xBE, 0x12, 0x00, 0xAD, 0xC5, 0xB1, 0x11,
    ]

    public var fault: Fault?
    public private(set) var card: Card?
    private var progress = Progress.none
    private var held: [UInt8] = []

    public init() {}

    /// Lays a card on the reader in place of the one there; `nil` takes it away.
    public mutating func place(_ card: Card?) {
        self.card = card
        progress = .none
    }

    /// Takes the next bytes of the line and gives a reply for each request that they complete. Noise is skipped.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var replies: [[UInt8]] = []
        for byte in bytes {
            held.append(byte)
            if let request = completeRequest(), let reply = disturbed(answer(request)) { replies.append(reply) }
        }
        return replies
    }

    /// The request that the held bytes are, from the length on; they are held no longer then.
    private mutating func completeRequest() -> [UInt8]? {
        let header = Self.preamble.count + 2
        guard zip(held, Self.preamble).allSatisfy(==) else {
            // The byte that did not fit may begin a preamble; five AA in a row end with three that do.
            held.removeFirst()
            while !held.isEmpty, !zip(held, Self.preamble).allSatisfy(==) { held.removeFirst() }
            return nil
        }
        guard held.count >= header else { return nil }
        let length = Int(held[5]) << 8 | Int(held[6])
        guard length <= Self.longestRequest else {
            held = []
            return nil
        }
        guard held.count == header + length else { return nil }
        defer { held = [] }
        return Array(held[5...])
    }

    private mutating func answer(_ request: [UInt8]) -> [UInt8] {
        guard request.count >= 5 else { return SDTReplyEncoder.reply(sw3: 0x11) }
        guard request.reduce(0, ^) == 0 else { return SDTReplyEncoder.reply(sw3: 0x10) }
        switch (request[2], request[3]) {
        case (0x20, 0x01): return find()
        case (0x20, 0x02): return select()
        case (0x30, 0x01): return read()
        case (0x30, 0x03): return progress == .none ? SDTReplyEncoder.readFailed : SDTReplyEncoder.noNewAddress
        case (0x10, 0xFF), (0x11, 0xFF): return SDTReplyEncoder.reply(sw3: 0x90)
        case (0x12, 0xFF): return SDTReplyEncoder.reply(sw3: 0x90, data: Self.samID)
        default: return SDTReplyEncoder.reply(sw3: 0x21)
        }
    }

    private mutating func find() -> [UInt8] {
        // Many modules do not find a card again that they have read, until it has left.
        guard card != nil, progress != .read else { return SDTReplyEncoder.noCard }
        progress = .found
        return SDTReplyEncoder.cardFound
    }

    private mutating func select() -> [UInt8] {
        guard progress == .found else { return SDTReplyEncoder.selectFailed }
        progress = .selected
        return SDTReplyEncoder.cardSelected
    }

    private mutating func read() -> [UInt8] {
        guard progress == .selected || progress == .read, case .document(let document) = card, fault != .readFailed
        else {
            progress = .none
            return SDTReplyEncoder.readFailed
        }
        progress = .read
        return SDTReplyEncoder.read(document)
    }

    private func disturbed(_ reply: [UInt8]) -> [UInt8]? {
        switch fault {
        case nil, .readFailed: reply
        case .silent: nil
        case .badChecksum: reply.dropLast() + reply.suffix(1).map { ~$0 }
        }
    }
}
