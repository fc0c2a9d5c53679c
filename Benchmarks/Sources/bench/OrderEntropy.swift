import GateModel
import Glibc

/// What a list is worth in bits, whatever it is written in: the logarithm of the number of lists that there could be in its place.
///
/// Subject tokens are any set of 64-bit numbers. Kinds, reasons and ends are drawn one by one with the frequencies that they
/// have in the list. References are any distinct numbers between the smallest and the largest, in any sequence. Households are any division
/// of the orders into as many households of the same sizes, and any set of 64-bit numbers, given to them in any sequence.
struct OrderEntropy {
    /// Bits of all subject tokens.
    let keys: Double
    /// Bits of everything else.
    let attributes: Double

    init(_ sample: OrderSample) throws {
        var kinds = [Int](repeating: 0, count: 5)
        var reasons = [Int](repeating: 0, count: Order.Reason.allCases.count)
        var ends: [WallTime: Int] = [:]
        var references: [UInt64] = []
        var households: [UInt64] = []
        references.reserveCapacity(sample.count)
        households.reserveCapacity(sample.count)
        for index in 0..<sample.count {
            guard let order = sample.order(index) else { throw Trouble("order \(index) cannot be") }
            if case .exposure(let tier) = order.kind { kinds[Int(tier.rawValue)] += 1 } else { kinds[0] += 1 }
            reasons[Int(order.reason.rawValue)] += 1
            ends[order.ends, default: 0] += 1
            references.append(order.reference.rawValue)
            households.append(order.household.rawValue)
        }
        references.sort()
        guard let first = references.first, let last = references.last else {
            throw Trouble("an empty list has no entropy")
        }
        let sizes = Self.runLengths(ascending: &households)
        let count = Double(sample.count)

        keys = Self.set(of: count)
        attributes =
            Self.drawn(kinds) + Self.drawn(reasons) + Self.drawn(Array(ends.values))
            + Self.sequence(of: count, from: Double(last - first) + 1)
            + Self.division(count, into: sizes) + Self.set(of: Double(sizes.values.reduce(0, +)))
    }

    /// How many households there are of each size.
    private static func runLengths(ascending households: inout [UInt64]) -> [Int: Int] {
        households.sort()
        var sizes: [Int: Int] = [:]
        var start = 0
        for place in households.indices.dropFirst() where households[place] != households[place - 1] {
            sizes[place - start, default: 0] += 1
            start = place
        }
        sizes[households.count - start, default: 0] += 1
        return sizes
    }

    /// log2 n!
    private static func factorial(_ n: Double) -> Double { lgamma(n + 1) / log(2) }

    /// log2 (2^64 over n): as n is small beside 2^64, 2^64 n / n!.
    private static func set(of n: Double) -> Double { 64 * n - factorial(n) }

    /// As many numbers as `frequencies` add up to, drawn with them.
    private static func drawn(_ frequencies: [Int]) -> Double {
        let count = Double(frequencies.reduce(0, +))
        return frequencies.reduce(0) { $1 > 0 ? $0 - Double($1) * log2(Double($1) / count) : $0 }
    }

    /// log2 of (range over n) n!
    private static func sequence(of n: Double, from range: Double) -> Double { factorial(range) - factorial(range - n) }

    /// log2 of n! / Π size!, for every sequence of the sizes.
    private static func division(_ n: Double, into sizes: [Int: Int]) -> Double {
        var bits = factorial(n) + factorial(Double(sizes.values.reduce(0, +)))
        for (size, number) in sizes {
            bits -= Double(number) * factorial(Double(size)) + factorial(Double(number))
        }
        return bits
    }
}
