import GateModel

/// The numbers of the delta file, format version 2. The layout is described in `docs/order-delta-format.md`.
private enum DeltaFormat {
    /// `GHDELTAS`, read as a little-endian word.
    static let magic: UInt64 = 0x5341_544C_4544_4847
    static let version: UInt32 = 2
    static let headerWords = 11
    static let removedWords = 1
    static let writtenWords = 3
}

extension OrderDelta {
    /// Reads a delta file.
    public init(bytes: [UInt8]) throws(OrderDeltaError) {
        let words = DeltaWords(bytes: bytes)
        guard words.count > 0, words[0] == DeltaFormat.magic else { throw .notADelta }
        guard words.count >= DeltaFormat.headerWords else {
            throw .truncated(expected: UInt64(DeltaFormat.headerWords * 8), actual: UInt64(bytes.count))
        }
        guard words[1] == UInt64(DeltaFormat.version) else {
            throw .otherFormat(found: UInt32(truncatingIfNeeded: words[1]))
        }
        let length = words[2]
        guard bytes.count >= length else { throw .truncated(expected: length, actual: UInt64(bytes.count)) }
        guard bytes.count == length else { throw .tooLong(expected: length, actual: UInt64(bytes.count)) }
        for made in [words[4], words[6]] {
            guard made <= UInt64(BookFormat.latestCreated) else { throw .damagedHeader(field: "creation time") }
        }
        guard words[7] <= UInt32.max else { throw .damagedHeader(field: "key epoch") }
        let most = UInt64(BookFormat.mostOrders)
        guard words[9] <= most else { throw .damagedHeader(field: "number of removed orders") }
        guard words[10] <= most else { throw .damagedHeader(field: "number of written orders") }
        let (removedCount, writtenCount) = (Int(words[9]), Int(words[10]))
        let expected = Self.byteCount(removed: removedCount, written: writtenCount)
        guard bytes.count == expected else { throw .damagedHeader(field: "file length") }

        func head(_ version: UInt64, _ created: UInt64) -> OrderBookHead {
            OrderBookHead(
                listVersion: version, created: WallTime(secondsSince1970: Int64(created)),
                keyEpoch: UInt32(truncatingIfNeeded: words[7]), keyCheck: words[8])
        }
        let base = head(words[3], words[4])
        let head = head(words[5], words[6])
        try head.requireLater(than: base)
        let removed = try Self.readRemoved(words, count: removedCount)
        let written = try Self.readWritten(
            words, from: DeltaFormat.headerWords + removedCount, count: writtenCount, head: head)
        var candidates = removed[...]
        for (index, record) in written.enumerated() {
            candidates = candidates.drop { $0 < record.token }
            guard candidates.first != record.token else { throw .damagedRecord(.alsoRemoved, number: index + 1) }
        }
        self.init(base: base, head: head, removed: removed, written: written)
    }

    /// The delta file: the same delta gives the very same bytes.
    public func bytes() -> [UInt8] {
        let length = Self.byteCount(removed: removed.count, written: written.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        func append(_ word: UInt64) {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        let header: [UInt64] = [
            DeltaFormat.magic, UInt64(DeltaFormat.version), UInt64(length), base.listVersion,
            UInt64(bitPattern: base.created.secondsSince1970), head.listVersion,
            UInt64(bitPattern: head.created.secondsSince1970), UInt64(head.keyEpoch), head.keyCheck,
            UInt64(removed.count), UInt64(written.count),
        ]
        for word in header + removed { append(word) }
        for record in written {
            append(record.token)
            append(record.household)
            append(record.reference | record.code << 40 | UInt64(clamping: head.endMinute(of: record.ends)) << 48)
        }
        return bytes
    }

    private static func byteCount(removed: Int, written: Int) -> Int {
        (DeltaFormat.headerWords + removed * DeltaFormat.removedWords + written * DeltaFormat.writtenWords) * 8
    }

    private static func readRemoved(_ words: DeltaWords, count: Int) throws(OrderDeltaError) -> [UInt64] {
        var removed: [UInt64] = []
        removed.reserveCapacity(count)
        for index in 0..<count {
            let token = words[DeltaFormat.headerWords + index]
            if let last = removed.last, last >= token { throw .damagedRemoval(number: index + 1) }
            removed.append(token)
        }
        return removed
    }

    private static func readWritten(
        _ words: DeltaWords, from first: Int, count: Int, head: OrderBookHead
    ) throws(OrderDeltaError) -> [OrderRecord] {
        var written: [OrderRecord] = []
        written.reserveCapacity(count)
        for index in 0..<count {
            let at = first + index * DeltaFormat.writtenWords
            let (token, attributes) = (words[at], words[at + 2])
            let minute = attributes >> 48
            let code = attributes >> 40 & 0xFF
            let reference = attributes & BookFormat.mask(40)
            if let last = written.last, last.token >= token {
                throw .damagedRecord(.notAscending, number: index + 1)
            }
            guard minute > 0, minute <= BookFormat.farthestEndMinute else {
                throw .damagedRecord(.end, number: index + 1)
            }
            guard code < BookFormat.codes else { throw .damagedRecord(.kindOrReason, number: index + 1) }
            let ends = head.created.startOfMinute.advanced(bySeconds: Int64(minute) * 60)
            let record = OrderRecord(
                token: token, household: words[at + 1], ends: ends, reference: reference, code: code)
            guard let record else { throw .damagedRecord(.reference, number: index + 1) }
            written.append(record)
        }
        return written
    }
}

/// Bytes as little-endian words.
private struct DeltaWords {
    let bytes: [UInt8]

    var count: Int { bytes.count / 8 }

    /// - Parameter index: below ``count``.
    subscript(index: Int) -> UInt64 {
        var word: UInt64 = 0
        for byte in bytes[index * 8..<index * 8 + 8].reversed() { word = word << 8 | UInt64(byte) }
        return word
    }
}
