/// Writes the heads and entries of a ``SubjectTable``.
struct SubjectWriter {
    private var heads: SectionWriter
    private var entries: SectionWriter
    private let restWidth: Int
    private let attributesWidth: Int
    private let referenceWidth: Int

    init(_ shape: TokenSetShape, firstHead: Int, firstEntry: Int, attributesWidth: Int, referenceWidth: Int) {
        heads = SectionWriter(offset: firstHead)
        entries = SectionWriter(offset: firstEntry)
        restWidth = shape.remainderWidth - BookFormat.headWidth
        self.attributesWidth = attributesWidth
        self.referenceWidth = referenceWidth
    }

    /// - Parameters:
    ///   - attributes: code, end and household.
    ///   - reference: above the smallest.
    mutating func append(
        _ token: UInt64, attributes: UInt64, reference: UInt64, to sink: OrderBookSink
    ) throws(OrderBookBuildError) {
        let head = token &>> UInt64(restWidth) & BookFormat.mask(BookFormat.headWidth)
        try heads.append(head, width: BookFormat.headWidth, to: sink)
        try entries.append(token & BookFormat.mask(restWidth), width: restWidth, to: sink)
        try entries.append(attributes, width: attributesWidth, to: sink)
        try entries.append(reference, width: referenceWidth, to: sink)
    }

    /// After the last token.
    mutating func finish(to sink: OrderBookSink) throws(OrderBookBuildError) {
        try heads.finish(to: sink)
        try entries.finish(to: sink)
    }
}
