import GateModel

/// An order on one subject in 32 bytes, for sorted arrays of many.
struct OrderRecord: Hashable, Sendable {
    var token: UInt64
    var household: UInt64
    var ends: WallTime
    /// The reference in the lowest 40 bits, and above it kind × 5 + reason.
    private var packed: UInt64

    init(_ subject: SubjectToken, _ order: Order) {
        token = subject.rawValue
        household = order.household.rawValue
        ends = order.ends
        packed = order.reference.rawValue | Order.code(order.kind, order.reason) << 40
    }

    /// `nil` for a reference or code that does not exist.
    init?(token: UInt64, household: UInt64, ends: WallTime, reference: UInt64, code: UInt64) {
        guard OrderReference.range.contains(reference), code < BookFormat.codes else { return nil }
        self.token = token
        self.household = household
        self.ends = ends
        packed = reference | code << 40
    }

    var reference: UInt64 { packed & BookFormat.mask(40) }
    var code: UInt64 { packed >> 40 }

    var order: Order? {
        guard let (kind, reason) = Order.kindAndReason(code: code), let reference = OrderReference(reference)
        else { return nil }
        return Order(
            kind: kind, reason: reason, ends: ends, household: HouseholdToken(rawValue: household),
            reference: reference)
    }
}
