public import GateModel

/// The releases that a gate has been shown and that are not over.
///
/// They live in memory until their end, so that a person shows the release once and the document as often as need be. After
/// a restart it has to be shown again: nothing about anybody is written for it (principle 9). Of each release only whom it
/// clears of which order, and when, is kept.
public struct HonouredReleases: Sendable {
    /// So many are kept; one more takes the place of the one that ends first, which can be shown again.
    public static let most = 1024

    private struct Lifted: Hashable {
        let subject: SubjectToken
        let order: OrderReference
    }

    private var validity: [Lifted: Range<WallTime>] = [:]

    public init() {}

    public var count: Int { validity.count }

    /// Honours a release that was opened, until its end. What is over by `now` is forgotten.
    ///
    /// Throws if it does not count yet, or no longer. Of two releases of one order the one that ends later stays.
    ///
    /// - Returns: whether it changes anything; `false` for one that is shown again.
    @discardableResult
    public mutating func honour(_ release: Release, at now: WallTime) throws(ReleaseError) -> Bool {
        try release.check(at: now)
        forget(at: now)
        let lifted = Lifted(subject: release.subject, order: release.order)
        if let known = validity[lifted], known.upperBound >= release.expires { return false }
        if validity[lifted] == nil, validity.count >= Self.most,
            let first = validity.min(by: { $0.value.upperBound < $1.value.upperBound })
        {
            validity[first.key] = nil
        }
        validity[lifted] = release.notBefore..<release.expires
        return true
    }

    /// Whether this order does not hold this subject now. Any other order on the same subject does.
    public func clears(_ subject: SubjectToken, of order: OrderReference, at now: WallTime) -> Bool {
        validity[Lifted(subject: subject, order: order)]?.contains(now) == true
    }

    /// Forgets what is over.
    public mutating func forget(at now: WallTime) { validity = validity.filter { $0.value.upperBound > now } }
}
