import GateModel

/// The checked header of an order-book file.
///
/// The encoding is canonical, so where each section lies follows from the counts and widths: anything else is damage.
struct BookHeader {
    /// A section whose place and length are checked.
    struct Section {
        /// Bits of an entry.
        var width: Int
        var base: UInt64
        var firstByte: Int
    }

    let file: MappedFile
    let head: OrderBookHead
    let orderCount: Int
    let householdCount: Int
    let endCount: Int

    let subjects: SubjectTable
    let households: HouseholdTable
    let ends: Section
    /// The smallest reference, and how many bits the distance to it has.
    let firstReference: UInt64
    let referenceWidth: Int

    init(file: MappedFile) throws(OrderBookError) {
        self.file = file
        try Self.checkLength(of: file)
        guard file.word(4) <= UInt64(BookFormat.latestCreated) else { throw .damagedHeader(field: "creation time") }
        guard file.word(5) <= UInt32.max else { throw .damagedHeader(field: "key epoch") }
        head = OrderBookHead(
            listVersion: file.word(3), created: WallTime(secondsSince1970: Int64(file.word(4))),
            keyEpoch: UInt32(truncatingIfNeeded: file.word(5)), keyCheck: file.word(6))

        let orders = file.word(7)
        guard orders <= UInt64(BookFormat.mostOrders) else { throw .damagedHeader(field: "order count") }
        // Every order has a household and an end, and every household and every end an order.
        let counted = 1...max(orders, 1)
        guard orders == 0 ? file.word(8) == 0 : counted.contains(file.word(8)) else {
            throw .damagedHeader(field: "household count")
        }
        guard orders == 0 ? file.word(9) == 0 : counted.contains(file.word(9)),
            file.word(9) <= BookFormat.farthestEndMinute
        else { throw .damagedHeader(field: "number of ends") }
        orderCount = Int(orders)
        householdCount = Int(file.word(8))
        endCount = Int(file.word(9))

        var table = SectionTable(file: file)
        let subjectShape = TokenSetShape(count: orderCount)
        let subjectDirectory = try table.next(
            .subjectDirectory, count: subjectShape.directoryEntries, widths: 0...BookFormat.widestDirectory)
        let heads = try table.next(.heads, count: orderCount, widths: BookFormat.headWidth...BookFormat.headWidth)
        let narrowest =
            subjectShape.remainderWidth - BookFormat.headWidth + BookFormat.codeWidth + BookFormat.indexWidth(endCount)
            + BookFormat.indexWidth(householdCount)
        let entries = try table.next(
            .entries, count: orderCount, widths: narrowest...narrowest + BookFormat.widestReference)
        ends = try table.next(.ends, count: endCount, widths: BookFormat.endWidth...BookFormat.endWidth)
        let anchors = try table.next(
            .householdAnchors, count: BookFormat.anchors(forHouseholds: householdCount),
            widths: BookFormat.anchorWidth...BookFormat.anchorWidth)
        let differences = try table.next(.households, count: householdCount, widths: 0...64)
        try table.finish()

        firstReference = entries.base
        referenceWidth = entries.width - narrowest
        subjects = SubjectTable(
            directory: TokenDirectory(shape: subjectShape, section: subjectDirectory, file: file), heads: heads,
            entries: entries, file: file)
        households = HouseholdTable(
            count: householdCount, anchors: anchors, differences: differences, file: file)
        guard subjects.directory.isPlausible else {
            throw .damagedSection(section: BookFormat.Section.subjectDirectory.rawValue)
        }
    }

    private static func checkLength(of file: MappedFile) throws(OrderBookError) {
        let actual = UInt64(file.byteCount)
        guard file.byteCount >= 8, file.word(0) == BookFormat.magic else { throw .notAnOrderBook }
        guard file.byteCount >= BookFormat.headerBytes else {
            throw .truncated(expected: UInt64(BookFormat.headerBytes), actual: actual)
        }
        let version = UInt32(truncatingIfNeeded: file.word(1))
        guard version == BookFormat.version else { throw .otherFormat(found: version) }
        guard file.word(1) >> 32 == BookFormat.Section.allCases.count else {
            throw .damagedHeader(field: "section count")
        }
        let expected = file.word(2)
        guard actual >= expected else { throw .truncated(expected: expected, actual: actual) }
        guard actual == expected else { throw .tooLong(expected: expected, actual: actual) }
        guard actual % 8 == 0 else { throw .damagedHeader(field: "file length") }
    }
}

/// Walks the section table of a file whose length is checked.
private struct SectionTable {
    let file: MappedFile
    private var index = 0
    private var nextByte = BookFormat.headerBytes

    init(file: MappedFile) { self.file = file }

    /// The next section, which must be `section`, hold `count` entries, and be one of `widths` wide.
    mutating func next(
        _ section: BookFormat.Section, count: Int, widths: ClosedRange<Int>
    ) throws(OrderBookError) -> BookHeader.Section {
        let at = BookFormat.fixedWords + index * BookFormat.wordsPerTableEntry
        let (width, base) = (file.word(at) >> 32, file.word(at + 1))
        let baseFits =
            switch section {
            // A directory is off by at most the number of tokens.
            case .subjectDirectory: Int64(bitPattern: base).magnitude <= UInt64(BookFormat.mostOrders)
            case .entries: base <= OrderReference.range.upperBound
            case .households: true
            case .heads, .ends, .householdAnchors: base == 0
            }
        guard UInt32(truncatingIfNeeded: file.word(at)) == section.rawValue, baseFits,
            width <= 255, widths.contains(Int(width))
        else { throw .damagedSection(section: section.rawValue) }
        let length = BookFormat.bytes(forEntries: count, width: Int(width))
        guard file.word(at + 2) == UInt64(nextByte), file.word(at + 3) == UInt64(length),
            length <= file.byteCount - nextByte
        else { throw .sectionOutOfBounds(section: section.rawValue) }
        defer {
            index += 1
            nextByte += length
        }
        return BookHeader.Section(width: Int(width), base: base, firstByte: nextByte)
    }

    func finish() throws(OrderBookError) {
        guard nextByte == file.byteCount else {
            throw .tooLong(expected: UInt64(nextByte), actual: UInt64(file.byteCount))
        }
    }
}
