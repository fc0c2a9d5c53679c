public import GateModel

/// Orders as ``OrderBookWriter`` takes them. It can be walked more than once and gives the same each time, so that
/// nobody has to hold the whole list.
public protocol OrderBookSource {
    /// What ``forEachEntry(_:)`` gives, added up.
    var survey: OrderSurvey { get }

    /// Calls `body` with each distinct household of the orders, ascending.
    func forEachHousehold(
        _ body: (HouseholdToken) throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError)

    /// Calls `body` with each order that goes into the book, by ascending token.
    func forEachEntry(
        _ body: (SubjectToken, OrderEntry) throws(OrderBookBuildError) -> Void
    ) throws(OrderBookBuildError)
}

/// What must be known of all orders before the first is written: how many, which ends, and between which references.
public struct OrderSurvey: Sendable {
    private(set) var count = 0
    private(set) var lowestReference = OrderReference.range.upperBound
    private(set) var highestReference: UInt64 = 0
    /// Bit by bit, the minutes in which an order ends.
    private var endMinutes = [UInt64](repeating: 0, count: Int(BookFormat.farthestEndMinute) / 64 + 1)

    public init() {}

    /// Counts `order` if it goes into a book with `head`; `false` if it has ended by the time of the list.
    public mutating func add(
        _ subject: SubjectToken, ends: WallTime, reference: OrderReference, to head: OrderBookHead
    ) throws(OrderBookBuildError) -> Bool {
        let minute = head.endMinute(of: ends)
        guard minute > 0 else { return false }
        guard minute <= Int64(BookFormat.farthestEndMinute) else { throw .endsTooLate(subject) }
        endMinutes[Int(minute) &>> 6] |= 1 &<< UInt64(minute & 63)
        lowestReference = min(lowestReference, reference.rawValue)
        highestReference = max(highestReference, reference.rawValue)
        count += 1
        return true
    }

    /// The minutes in which an order ends, ascending.
    var ends: [Int] {
        var ends: [Int] = []
        for (index, word) in endMinutes.enumerated() {
            var bits = word
            while bits != 0 {
                ends.append(index &* 64 &+ bits.trailingZeroBitCount)
                bits &= bits &- 1
            }
        }
        return ends
    }
}
