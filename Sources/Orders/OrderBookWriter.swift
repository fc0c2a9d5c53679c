import GateModel

/// Writes an order book piece by piece, in little memory. The same orders give the very same bytes.
public struct OrderBookWriter: Sendable {
    public var head: OrderBookHead

    public init(head: OrderBookHead) { self.head = head }

    /// Writes the book of the orders in `source`, which is walked twice.
    ///
    /// - Returns: the length of the file in bytes.
    @discardableResult
    public func write(
        _ source: some OrderBookSource, to sink: OrderBookSink
    ) throws(OrderBookBuildError) -> Int {
        guard (0...BookFormat.latestCreated).contains(head.created.secondsSince1970) else {
            throw .impossibleCreationTime(head.created)
        }
        let survey = source.survey
        guard survey.count <= BookFormat.mostOrders else { throw .tooManyOrders(survey.count) }
        let layout = try Layout(source, survey)
        try writeEntries(of: source, layout, to: sink)
        try writeEnds(layout, to: sink)
        try writeHouseholds(of: source, layout, to: sink)
        // Last, so that what breaks off is no order book.
        try writeHeader(layout, to: sink)
        return layout.byteCount
    }

    private func writeEntries(
        of source: some OrderBookSource, _ layout: Layout, to sink: OrderBookSink
    ) throws(OrderBookBuildError) {
        var directory = layout.directoryWriter
        var subjects = layout.subjectWriter
        let endWidth = BookFormat.indexWidth(layout.ends.count)
        let lowestReference = layout[.entries].base
        var indexOfEnd = [UInt16](repeating: .max, count: Int(BookFormat.farthestEndMinute) + 1)
        for (index, minute) in layout.ends.enumerated() { indexOfEnd[minute] = UInt16(index) }

        try source.forEachEntry { (subject, entry) throws(OrderBookBuildError) in
            let minute = head.endMinute(of: entry.ends)
            guard minute > 0, minute < Int64(indexOfEnd.count), indexOfEnd[Int(minute)] < .max,
                entry.household >= 0, entry.household < layout.householdCount,
                entry.reference.rawValue >= lowestReference,
                entry.reference.rawValue - lowestReference <= BookFormat.mask(layout.referenceWidth)
            else { throw .inconsistentSource }
            try directory.append(subject.rawValue, to: sink)
            let code = Order.code(entry.kind, entry.reason)
            let end = UInt64(indexOfEnd[Int(minute)]) &<< UInt64(BookFormat.codeWidth)
            let household = UInt64(entry.household) &<< UInt64(BookFormat.codeWidth &+ endWidth)
            try subjects.append(
                subject.rawValue, attributes: code | end | household,
                reference: entry.reference.rawValue &- lowestReference, to: sink)
        }
        try directory.finish(to: sink)
        try subjects.finish(to: sink)
    }

    private func writeEnds(_ layout: Layout, to sink: OrderBookSink) throws(OrderBookBuildError) {
        var section = SectionWriter(offset: layout[.ends].firstByte)
        for minute in layout.ends { try section.append(UInt64(minute), width: BookFormat.endWidth, to: sink) }
        try section.finish(to: sink)
    }

    private func writeHouseholds(
        of source: some OrderBookSource, _ layout: Layout, to sink: OrderBookSink
    ) throws(OrderBookBuildError) {
        var households = layout.householdWriter
        try source.forEachHousehold { household throws(OrderBookBuildError) in
            try households.append(household.rawValue, to: sink)
        }
        try households.finish(to: sink)
    }

    private func writeHeader(_ layout: Layout, to sink: OrderBookSink) throws(OrderBookBuildError) {
        var words: [UInt64] = [
            BookFormat.magic,
            UInt64(BookFormat.version) | UInt64(layout.sections.count) << 32,
            UInt64(layout.byteCount),
            head.listVersion,
            UInt64(head.created.secondsSince1970),
            UInt64(head.keyEpoch),
            head.keyCheck,
            UInt64(layout.subjects.count),
            UInt64(layout.householdCount),
            UInt64(layout.ends.count),
        ]
        for (section, place) in zip(BookFormat.Section.allCases, layout.sections) {
            words += [
                UInt64(section.rawValue) | UInt64(place.width) << 32, place.base, UInt64(place.firstByte),
                UInt64(BookFormat.bytes(forEntries: place.count, width: place.width)),
            ]
        }
        var header = SectionWriter(offset: 0)
        for word in words { try header.append(word, width: 64, to: sink) }
        try header.finish(to: sink)
    }
}

/// Where everything goes.
private struct Layout {
    struct Place {
        var count: Int
        var width: Int
        var base: UInt64
        var firstByte: Int
    }

    let subjects: TokenSetShape
    let householdCount: Int
    /// Ascending, in minutes.
    let ends: [Int]
    let referenceWidth: Int
    /// In the order of ``BookFormat/Section``.
    private(set) var sections: [Place] = []
    private(set) var byteCount = BookFormat.headerBytes

    subscript(_ section: BookFormat.Section) -> Place { sections[Int(section.rawValue) - 1] }

    init(_ source: some OrderBookSource, _ survey: OrderSurvey) throws(OrderBookBuildError) {
        ends = survey.ends
        subjects = TokenSetShape(count: survey.count)
        let isEmpty = survey.count == 0
        let lowestReference = isEmpty ? 0 : survey.lowestReference
        referenceWidth = BookFormat.bitWidth(of: survey.highestReference - lowestReference)

        var subjectSpread = DirectorySpread(subjects)
        var count = 0
        try source.forEachEntry { (subject, _) throws(OrderBookBuildError) in
            try subjectSpread.append(subject.rawValue)
            count += 1
        }
        guard count == survey.count else { throw .inconsistentSource }
        subjectSpread.finish()

        var householdSpread = HouseholdSpread()
        try source.forEachHousehold { household throws(OrderBookBuildError) in
            try householdSpread.append(household.rawValue)
        }
        householdSpread.finish()
        householdCount = householdSpread.count
        guard householdCount <= survey.count, (householdCount == 0) == isEmpty else { throw .inconsistentSource }

        let entryWidth =
            subjects.remainderWidth - BookFormat.headWidth + BookFormat.codeWidth + BookFormat.indexWidth(ends.count)
            + BookFormat.indexWidth(householdCount) + referenceWidth
        append(subjects.directoryEntries, width: subjectSpread.width, base: subjectSpread.base)
        append(subjects.count, width: BookFormat.headWidth)
        append(subjects.count, width: entryWidth, base: lowestReference)
        append(ends.count, width: BookFormat.endWidth)
        append(BookFormat.anchors(forHouseholds: householdCount), width: BookFormat.anchorWidth)
        append(householdCount, width: householdSpread.width, base: householdSpread.base)
    }

    var directoryWriter: DirectoryWriter {
        let place = self[.subjectDirectory]
        return DirectoryWriter(subjects, firstByte: place.firstByte, width: place.width, base: place.base)
    }

    var subjectWriter: SubjectWriter {
        let attributesWidth =
            BookFormat.codeWidth + BookFormat.indexWidth(ends.count) + BookFormat.indexWidth(householdCount)
        return SubjectWriter(
            subjects, firstHead: self[.heads].firstByte, firstEntry: self[.entries].firstByte,
            attributesWidth: attributesWidth, referenceWidth: referenceWidth)
    }

    var householdWriter: HouseholdWriter {
        let place = self[.households]
        return HouseholdWriter(
            firstAnchor: self[.householdAnchors].firstByte, firstDifference: place.firstByte, width: place.width,
            base: place.base)
    }

    private mutating func append(_ count: Int, width: Int, base: UInt64 = 0) {
        sections.append(Place(count: count, width: width, base: base, firstByte: byteCount))
        byteCount += BookFormat.bytes(forEntries: count, width: width)
    }
}
