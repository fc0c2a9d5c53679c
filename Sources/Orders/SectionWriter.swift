/// Where the bytes of a file go: called with some bytes and their offset from the beginning of the file.
///
/// The pieces come in no particular order, cover the whole file and do not overlap; the header comes last.
public typealias OrderBookSink = (_ bytes: [UInt8], _ offset: Int) throws(OrderBookBuildError) -> Void

/// Packs numbers without gaps, from the least significant bit of each byte up, and hands them on in pieces.
struct SectionWriter {
    /// Bytes held back at most.
    private static let pieceBytes = 1 << 15

    private var offset: Int
    private var piece: [UInt8] = []
    private var pending: UInt64 = 0
    private var pendingBits = 0

    init(offset: Int) {
        self.offset = offset
        piece.reserveCapacity(Self.pieceBytes)
    }

    /// Appends the `width` lowest bits of `value`; the others must be 0.
    @inline(__always)
    mutating func append(_ value: UInt64, width: Int, to sink: OrderBookSink) throws(OrderBookBuildError) {
        pending |= value &<< UInt64(pendingBits)
        let filled = pendingBits &+ width
        guard filled >= 64 else {
            pendingBits = filled
            return
        }
        appendWord(pending)
        pending = pendingBits > 0 ? value &>> UInt64(64 &- pendingBits) : 0
        pendingBits = filled &- 64
        if piece.count >= Self.pieceBytes { try flush(to: sink) }
    }

    /// Ends the last word with zeros.
    mutating func finish(to sink: OrderBookSink) throws(OrderBookBuildError) {
        if pendingBits > 0 { appendWord(pending) }
        pendingBits = 0
        if !piece.isEmpty { try flush(to: sink) }
    }

    private mutating func appendWord(_ word: UInt64) {
        var rest = word
        for _ in 0..<8 {
            piece.append(UInt8(truncatingIfNeeded: rest))
            rest &>>= 8
        }
    }

    private mutating func flush(to sink: OrderBookSink) throws(OrderBookBuildError) {
        try sink(piece, offset)
        offset &+= piece.count
        piece.removeAll(keepingCapacity: true)
    }
}
