/// The name of a published order file: what it is, and which versions of the list it holds or joins.
public enum OrderFileName: Hashable, Sendable {
    /// A whole list, `orders/bulk/VERSION.book`. Two people sign for it.
    case book(UInt64)
    /// From the base before to the book of `to`, `orders/bulk/FROM-TO.delta`. Two people sign for it.
    case bulkDelta(from: UInt64, to: UInt64)
    /// From one version after the base to another, `orders/FROM-TO.delta`.
    case delta(from: UInt64, to: UInt64)

    /// The directory of what two people sign for.
    public static let bulkPattern = "orders/bulk/*"
    /// The directory of the small changes that one signature suffices for.
    public static let deltaPattern = "orders/*"

    /// The name as a target, `nil` for any other text.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let file = parts.last else { return nil }
        let isBulk = parts.count == 3 && parts[1] == "bulk"
        guard parts.first == "orders", isBulk || parts.count == 2 else { return nil }
        if isBulk, file.hasSuffix(".book"), let version = Self.version(file.dropLast(5)) {
            self = .book(version)
        } else if file.hasSuffix(".delta") {
            let ends = file.dropLast(6).split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let from = Self.version(ends[0]), let to = Self.version(ends[1]), from < to else {
                return nil
            }
            self = isBulk ? .bulkDelta(from: from, to: to) : .delta(from: from, to: to)
        } else {
            return nil
        }
    }

    public var text: String {
        switch self {
        case .book(let version): "orders/bulk/\(version).book"
        case .bulkDelta(let from, let to): "orders/bulk/\(from)-\(to).delta"
        case .delta(let from, let to): "orders/\(from)-\(to).delta"
        }
    }

    /// Decimal digits as they are written, so that a version has one name.
    private static func version(_ digits: Substring) -> UInt64? {
        guard let version = UInt64(digits), String(version) == digits else { return nil }
        return version
    }
}

/// Which order files are published at one time, and which of them lead from one version of the list to the newest.
///
/// After a base *B* the changes are published one by one, as the last ``singles`` of them, and joined: with *N − B* written
/// in base 16, one file for each digit but the last leads from where the digits before it end to where it ends. Who is up
/// to date fetches one small file; who was away for long fetches one file for each digit. The list of names stays short.
public struct PublishedOrders: Sendable {
    /// How many of the last changes are published one by one.
    public static let singles: UInt64 = 32
    private static let digits: [UInt64] = [4096, 256, 16]

    public let names: Set<OrderFileName>

    public init(_ names: some Sequence<OrderFileName>) { self.names = Set(names) }

    /// What is to be published.
    ///
    /// - Parameters:
    ///   - base: the version of the last book.
    ///   - previousBase: that of the book before, if there was one and a delta leads from it.
    ///   - newest: the version of the list, not before `base`.
    public init(base: UInt64, previousBase: UInt64?, newest: UInt64) {
        var names: Set<OrderFileName> = [.book(base)]
        if let previousBase, previousBase < base { names.insert(.bulkDelta(from: previousBase, to: base)) }
        var place = base
        for digit in Self.digits {
            let end = base + (newest - base) / digit * digit
            if end > place { names.insert(.delta(from: place, to: end)) }
            place = end
        }
        let first = max(base, newest - min(newest, Self.singles))
        for version in min(first, place)..<newest { names.insert(.delta(from: version, to: version + 1)) }
        self.init(names)
    }

    /// The version that the published files lead to; `nil` if there is no book.
    public var newest: UInt64? {
        guard let base else { return nil }
        return names.reduce(base) { newest, name in
            if case .delta(_, let to) = name { max(newest, to) } else { newest }
        }
    }

    private var base: UInt64? {
        names.compactMap { if case .book(let version) = $0 { version } else { nil } }.max()
    }

    /// How a gate gets from what it holds to the newest list.
    public struct Route: Hashable, Sendable {
        /// The book to be fetched; `nil` where the one in force stays the base.
        public var book: UInt64?
        /// From which version the deltas lead on: the version in force, or that of a base.
        public var start: UInt64
        /// What is applied, in this order.
        public var deltas: [OrderFileName]
        /// The published book that base and deltas come to on their way, if they pass one: the next base.
        public var mergesTo: UInt64?
    }

    /// - Parameters:
    ///   - base: the version of the book that the gate holds, `nil` without one.
    ///   - inForce: the version that it is in force with, not before `base`.
    /// - Returns: `nil` if there is nothing newer.
    public func route(base held: UInt64?, inForce: UInt64?) -> Route? {
        guard let base, let newest, newest > inForce ?? 0 || held == nil else { return nil }
        guard let held, held <= base else { return Route(book: base, start: base, deltas: path(from: base)) }
        if held == base {
            let start = inForce ?? held
            // A gate that was away for long may stand between two files: then it starts from the base again.
            if let deltas = reaching(newest, from: start) { return Route(start: start, deltas: deltas) }
            return Route(start: base, deltas: path(from: base))
        }
        let bulk = OrderFileName.bulkDelta(from: held, to: base)
        guard names.contains(bulk) else { return Route(book: base, start: base, deltas: path(from: base)) }
        return Route(start: held, deltas: [bulk] + path(from: base), mergesTo: base)
    }

    private func reaching(_ newest: UInt64, from start: UInt64) -> [OrderFileName]? {
        let deltas = path(from: start)
        guard case .delta(_, newest) = deltas.last else { return nil }
        return deltas
    }

    /// The longest steps first.
    private func path(from start: UInt64) -> [OrderFileName] {
        var steps: [UInt64: UInt64] = [:]
        for case .delta(let from, let to) in names { steps[from] = max(steps[from] ?? 0, to) }
        var place = start
        var deltas: [OrderFileName] = []
        // Each step leads to a higher version, so this ends.
        while let to = steps[place] {
            deltas.append(.delta(from: place, to: to))
            place = to
        }
        return deltas
    }
}
