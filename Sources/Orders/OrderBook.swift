public import GateModel

/// The orders in force, looked up in a mapped, immutable file.
///
/// What makes a file trustworthy is its signed digest, checked before it is installed. This reader only promises that
/// no content whatsoever can make it crash, read outside the file or loop without end.
public final class OrderBook: Sendable {
    /// Which list this is.
    public let head: OrderBookHead
    /// How many orders there are.
    public let count: Int

    private let file: MappedFile
    let subjects: SubjectTable
    let households: HouseholdTable
    /// What ends are counted from: the creation time, rounded down to a whole minute.
    private let startMinute: WallTime

    // Where the attributes in an entry are, in bits from the first of them.
    private let referenceOffset: Int
    private let householdShift: UInt64
    private let endMask: UInt64
    private let householdMask: UInt64
    private let referenceMask: UInt64
    private let firstReference: UInt64
    private let firstEndBit: Int
    private let endCount: Int

    /// Checks the header and the bounds of all sections, in constant time.
    public init(mapping file: MappedFile) throws(OrderBookError) {
        let header = try BookHeader(file: file)
        self.file = file
        head = header.head
        startMinute = header.head.created.startOfMinute
        count = header.orderCount
        subjects = header.subjects
        households = header.households
        let endWidth = BookFormat.indexWidth(header.endCount)
        let householdWidth = BookFormat.indexWidth(header.householdCount)
        householdShift = UInt64(BookFormat.codeWidth + endWidth)
        referenceOffset = BookFormat.codeWidth + endWidth + householdWidth
        endMask = BookFormat.mask(endWidth)
        householdMask = BookFormat.mask(householdWidth)
        referenceMask = BookFormat.mask(header.referenceWidth)
        firstReference = header.firstReference
        firstEndBit = header.ends.firstByte * 8
        endCount = header.endCount
    }

    /// Counts up with each publication.
    public var listVersion: UInt64 { head.listVersion }
    /// When the list was made.
    public var created: WallTime { head.created }
    /// Which deployment key the tokens were made with.
    public var keyEpoch: UInt32 { head.keyEpoch }
    /// Tells whether the gate has that very key, without telling the key.
    public var keyCheck: UInt64 { head.keyCheck }

    /// The order on `subject`, `nil` if there is none.
    ///
    /// It may have ended: ``Standing/init(order:at:)`` looks at that.
    public func order(for subject: SubjectToken) -> Order? {
        guard let entry = entry(for: subject) else { return nil }
        return order(entry)
    }

    /// What is ordered on `subject`, without the token of the household: that costs another look into memory.
    @inline(__always)
    public func entry(for subject: SubjectToken) -> OrderEntry? {
        guard let bit = subjects.attributes(of: subject.rawValue) else { return nil }
        return entry(at: bit)
    }

    /// The household of an entry of this book.
    @inline(__always)
    public func household(of entry: OrderEntry) -> HouseholdToken {
        HouseholdToken(rawValue: households.token(at: entry.household))
    }

    /// Calls `body` with every order, by ascending token.
    public func forEachOrder<Failure: Error>(
        _ body: (SubjectToken, Order) throws(Failure) -> Void
    ) throws(Failure) {
        var walk = Walk(self)
        while let (subject, entry) = walk.next() { try body(subject, order(entry)) }
    }

    /// Goes through the entries, by ascending token.
    struct Walk {
        private let book: OrderBook
        private var subjects: SubjectTable.Walk

        init(_ book: OrderBook) {
            self.book = book
            subjects = SubjectTable.Walk(book.subjects)
        }

        @inline(__always)
        mutating func next() -> (SubjectToken, OrderEntry)? {
            while let (token, attributes) = subjects.next() {
                if let entry = book.entry(at: attributes) { return (SubjectToken(rawValue: token), entry) }
            }
            return nil
        }
    }

    /// The entry whose attributes begin at `bit`. `nil` when they are what no order can have: only in a damaged file.
    @inline(__always)
    private func entry(at bit: Int) -> OrderEntry? {
        let packed = file.bits(at: bit)
        let code = packed & BookFormat.mask(BookFormat.codeWidth)
        let end = Int(truncatingIfNeeded: packed &>> UInt64(BookFormat.codeWidth) & endMask)
        let household = Int(truncatingIfNeeded: packed &>> householdShift & householdMask)
        let distance = file.bits(at: bit &+ referenceOffset) & referenceMask
        guard end < endCount, household < households.count,
            let (kind, reason) = Order.kindAndReason(code: code),
            let reference = OrderReference(firstReference &+ distance)
        else { return nil }
        let minute = file.bits(at: firstEndBit &+ end &* BookFormat.endWidth) & BookFormat.mask(BookFormat.endWidth)
        guard minute > 0, minute <= BookFormat.farthestEndMinute else { return nil }
        return OrderEntry(
            kind: kind, reason: reason, ends: startMinute.advanced(bySeconds: Int64(minute) &* 60),
            household: household, reference: reference)
    }

    @inline(__always)
    func order(_ entry: OrderEntry) -> Order {
        Order(
            kind: entry.kind, reason: entry.reason, ends: entry.ends, household: household(of: entry),
            reference: entry.reference)
    }
}

/// An order as a book keeps it: the household as its place among the households of the book.
public struct OrderEntry: Hashable, Sendable {
    public var kind: Order.Kind
    public var reason: Order.Reason
    public var ends: WallTime
    /// From 0, in ascending order of the household token.
    public var household: Int
    public var reference: OrderReference

    public init(
        kind: Order.Kind, reason: Order.Reason, ends: WallTime, household: Int, reference: OrderReference
    ) {
        self.kind = kind
        self.reason = reason
        self.ends = ends
        self.household = household
        self.reference = reference
    }

    /// `order`, whose household has the place `household`.
    public init(_ order: Order, household: Int) {
        self.init(
            kind: order.kind, reason: order.reason, ends: order.ends, household: household, reference: order.reference)
    }
}

extension Order {
    /// Kind and reason in one number below 25: kind × 5 + reason, the kind being 0 for isolation and else the tier.
    static func code(_ kind: Kind, _ reason: Reason) -> UInt64 {
        let number: UInt64 = if case .exposure(let tier) = kind { UInt64(tier.rawValue) } else { 0 }
        return number &* BookFormat.reasonsPerKind &+ UInt64(reason.rawValue)
    }

    /// `nil` for a code that does not exist.
    static func kindAndReason(code: UInt64) -> (Kind, Reason)? {
        let number = UInt8(truncatingIfNeeded: code / BookFormat.reasonsPerKind)
        guard code < BookFormat.codes,
            let reason = Reason(rawValue: UInt8(truncatingIfNeeded: code % BookFormat.reasonsPerKind))
        else { return nil }
        return (Tier(rawValue: number).map(Kind.exposure) ?? .isolation, reason)
    }
}
