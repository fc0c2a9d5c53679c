public import GateModel

/// The orders in force, looked up in a mapped, immutable file.
///
/// What makes a file trustworthy is its signed digest, checked before it is installed. This reader only promises that
/// no content whatsoever can make it crash, read outside the file or loop without end.
public final class OrderBook: Sendable {
    /// Counts up with each publication.
    public let listVersion: UInt64
    /// When the list was made.
    public let created: WallTime
    /// Which deployment key the tokens were made with.
    public let keyEpoch: UInt32
    /// Tells whether the gate has that very key, without telling the key.
    public let keyCheck: UInt64
    /// How many orders there are.
    public let count: Int

    private let subjects: TokenSet
    private let households: TokenSet
    private let kinds: PackedColumn
    private let reasons: PackedColumn
    private let ends: PackedColumn
    private let householdIndexes: PackedColumn
    private let references: PackedColumn
    /// What ends are counted from: `created`, rounded down to a whole minute.
    private let startMinute: WallTime

    /// Checks the header and the bounds of all sections, in constant time.
    public init(mapping file: MappedFile) throws(OrderBookError) {
        let header = try BookHeader(file: file)
        listVersion = header.listVersion
        created = header.created
        startMinute = header.created.startOfMinute
        keyEpoch = header.keyEpoch
        keyCheck = header.keyCheck
        count = header.orderCount
        subjects = try header.tokenSet(count: count, .subjectLow, .subjectHigh, .subjectRanks)
        kinds = try header.column(.kind, count: count, widths: BookFormat.kindWidth...BookFormat.kindWidth)
        reasons = try header.column(.reason, count: count, widths: BookFormat.reasonWidth...BookFormat.reasonWidth)
        ends = try header.column(.ends, count: count, widths: 0...BookFormat.widestEnds)
        let indexWidth = BookFormat.bitWidth(of: UInt64(max(header.householdCount, 1) - 1))
        householdIndexes = try header.column(.householdIndex, count: count, widths: indexWidth...indexWidth)
        households = try header.tokenSet(count: header.householdCount, .householdLow, .householdHigh, .householdRanks)
        references = try header.column(.reference, count: count, widths: 0...BookFormat.widestReference)
    }

    /// The order on `subject`, `nil` if there is none.
    ///
    /// It may have ended: ``Standing/init(order:at:)`` looks at that.
    public func order(for subject: SubjectToken) -> Order? {
        guard let position = subjects.position(of: subject.rawValue) else { return nil }
        return order(at: position)
    }

    /// Calls `body` with every order, by ascending token.
    public func forEachOrder(_ body: (SubjectToken, Order) throws -> Void) rethrows {
        try subjects.forEach { position, token in
            if let order = order(at: position) { try body(SubjectToken(rawValue: token), order) }
        }
    }

    /// `nil` when the entry holds what no order can: only in a damaged file.
    private func order(at position: Int) -> Order? {
        let householdIndex = Int(truncatingIfNeeded: householdIndexes[position])
        guard let kind = Order.Kind(code: kinds[position]),
            let reason = Order.Reason(rawValue: UInt8(truncatingIfNeeded: reasons[position])),
            let reference = OrderReference(references[position]),
            householdIndex < households.shape.count
        else { return nil }
        let minutes = Int64(min(ends[position], BookFormat.farthestEndMinutes))
        return Order(
            kind: kind,
            reason: reason,
            ends: startMinute.advanced(bySeconds: minutes * 60),
            household: HouseholdToken(rawValue: households.token(at: householdIndex)),
            reference: reference
        )
    }
}

extension Order.Kind {
    /// 0 for isolation, the tier for an exposure notice.
    var code: UInt64 {
        switch self {
        case .isolation: 0
        case .exposure(let tier): UInt64(tier.rawValue)
        }
    }

    init?(code: UInt64) {
        if code == 0 {
            self = .isolation
        } else if let tier = Order.Tier(rawValue: UInt8(truncatingIfNeeded: code)) {
            self = .exposure(tier)
        } else {
            return nil
        }
    }
}

extension WallTime {
    /// Rounded down to a whole minute. For times from 1970 on.
    var startOfMinute: WallTime { WallTime(secondsSince1970: secondsSince1970 - secondsSince1970 % 60) }
}
