import CHarness
import GateModel
import Glibc
import Orders

/// `order_book_bytes`: what an order costs in the file that is downloaded and mapped.
func measureSize(_ list: SampleList, folder: String, into report: inout Report) throws {
    let sqlite = try SQLitePeer(list, path: "\(folder)/size.sqlite")
    let count = Double(list.orders.count)
    report.add(
        "order_book_bytes", Double(list.book.count) / count, "B/order",
        beside: ("sqlite", try Double(sqlite.byteCount()) / count))
}

/// `order_lookup`: nanoseconds for one order, found or not, beside SQLite's index and a bare binary search.
func measureLookup(_ list: SampleList, folder: String, isQuick: Bool, into report: inout Report) throws {
    let path = "\(folder)/lookup.book"
    try write(list.book, to: path)
    let book = try OrderBook(mapping: MappedFile(path: path))
    let sqlite = try SQLitePeer(list, path: "\(folder)/lookup.sqlite")
    let sorted = list.orders.map(\.0.rawValue).sorted()
    var random = SeededGenerator(state: 7)
    let batch = 200_000
    for (word, hits) in [("hit", batch), ("miss", 0)] {
        var ours: [Double] = []
        var theirs: [Double] = []
        var floors: [Double] = []
        for _ in 0..<(isQuick ? 3 : 21) {
            let tokens = (0..<batch).map { _ in
                hits > 0 ? sorted[Int(random.next() % UInt64(sorted.count))] : random.next()
            }
            ours.append(try time(book, tokens, hits: hits) / Double(batch))
            theirs.append(try sqlite.time(tokens, hits: hits) / Double(batch))
            floors.append(try time(sorted, tokens, hits: hits) / Double(batch))
        }
        report.add("order_lookup.\(word)", ours.median, "ns", beside: ("sqlite", theirs.median))
        report.add("order_lookup.\(word)", ours.median, "ns", beside: ("sorted_array", floors.median))
    }
}

private func time(_ book: OrderBook, _ tokens: [UInt64], hits: Int) throws -> Double {
    var found = 0
    var sum: Int64 = 0
    let start = harness_cpu()
    for token in tokens {
        guard let order = book.order(for: SubjectToken(rawValue: token)) else { continue }
        found += 1
        sum &+= order.ends.secondsSince1970
    }
    let time = harness_cpu() - start
    guard found == hits, hits == 0 || sum != 0 else { throw Trouble("the order book found \(found) of \(hits) orders") }
    return Double(time)
}

private func time(_ sorted: [UInt64], _ tokens: [UInt64], hits: Int) throws -> Double {
    var found = 0
    let time = unsafe harness_sorted_find(sorted, sorted.count, tokens, tokens.count, &found)
    guard found == hits else { throw Trouble("the sorted array found \(found) of \(hits) orders") }
    return Double(time)
}

/// The same orders in SQLite, through its C interface.
@safe private final class SQLitePeer {
    private let peer: OpaquePointer
    private let path: String

    init(_ list: SampleList, path: String) throws {
        let rows = list.orders.map { token, order in
            let kind: UInt8 = if case .exposure(let tier) = order.kind { tier.rawValue } else { 0 }
            return harness_order(
                token: token.rawValue, household: order.household.rawValue, reference: order.reference.rawValue,
                ends: order.ends.secondsSince1970, kind: kind, reason: order.reason.rawValue)
        }
        guard let peer = unsafe harness_sqlite_make(path, rows, rows.count) else {
            throw Trouble("SQLite cannot make \(path)")
        }
        unsafe self.peer = peer
        self.path = path
    }

    deinit { unsafe harness_sqlite_close(peer) }

    func byteCount() throws -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw Trouble("\(path) cannot be read: \(lastReason())") }
        return Int(status.st_size)
    }

    func time(_ tokens: [UInt64], hits: Int) throws -> Double {
        var found = 0
        let time = unsafe harness_sqlite_find(peer, tokens, tokens.count, &found)
        guard time >= 0, found == hits else { throw Trouble("SQLite found \(found) of \(hits) orders") }
        return Double(time)
    }
}
