import CHarness
import GateModel
import Orders

/// `order_merge`: 84 000 changes merged into the list, from the start of a process to the next list on disk: seconds,
/// bytes written and memory of its own. Beside a copy of the file, which is the least, and LMDB, which changes its own.
func measureMerge(
    _ list: LargeList, _ programs: Programs, folder: String, isQuick: Bool, into report: inout Report
) throws {
    let change = try ListChange(list, folder: folder)
    let next = "\(folder)/next.book"
    let merge = [programs.listwork, "merge", list.path, change.deltaPath, next]
    let copy = ["sh", "-c", "dd if=\(list.path) of=\(folder)/copy.book bs=256K conv=fsync status=none && echo copied"]
    var ours: [Double] = []
    var copies: [Double] = []
    for round in 0..<(isQuick ? 1 : 5) {
        for isOurs in round.isMultiple(of: 2) ? [true, false] : [false, true] {
            let seconds = try answer(of: isOurs ? merge : copy).milliseconds / 1000
            if isOurs { ours.append(seconds) } else { copies.append(seconds) }
        }
    }
    guard try digest(of: next) == digest(of: change.nextPath) else {
        throw Trouble("the merged list is not the one that was built of the same orders")
    }
    let peer = try change.changeLMDB(folder: folder)
    report.add("order_merge.time", ours.median, "s", beside: ("copy", copies.median))
    report.add("order_merge.time", ours.median, "s", beside: ("lmdb", peer.seconds))
    let numbers = try answer(of: merge + ["memory"]).text.split { $0 == "\n" || $0 == " " }.compactMap { Double($0) }
    guard numbers.count == 2 else { throw Trouble("\(programs.listwork) does not say what it has written") }
    report.add("order_merge.written", numbers[0] / 1e6, "MB", beside: ("lmdb", peer.written / 1e6))
    report.add("order_merge.anonymous", numbers[1] / 1024, "MiB")
}

/// Orders that are taken back, given and changed, a third each, an hour after the list was made.
private struct ListChange {
    static let count = 84_000

    let deltaPath: String
    /// The next list, built from all of its orders.
    let nextPath: String
    private let book: OrderBook
    private var removed: [UInt64] = []
    private var written: [(SubjectToken, Order)] = []

    init(_ list: LargeList, folder: String) throws {
        deltaPath = "\(folder)/changes.delta"
        nextPath = "\(folder)/built.book"
        book = try list.open()
        let sample = list.sample
        let third = Self.count / 3
        let step = sample.count / third
        var orders: [(SubjectToken, Order)] = []
        orders.reserveCapacity(sample.count)
        for (index, (token, order)) in try sample.all().enumerated() {
            if index % step == 0 {
                var order = order
                order.ends = order.ends.advanced(bySeconds: 5400)
                written.append((token, order))
            } else if index % step == 1 {
                removed.append(token.rawValue)
            } else {
                orders.append((token, order))
            }
        }
        for number in 0..<third {
            guard var order = sample.order(sample.count + number) else { throw Trouble("an order cannot be") }
            // Half of them live where nobody had an order.
            if number.isMultiple(of: 2) { order.household = HouseholdToken(rawValue: UInt64(number) << 40) }
            written.append((sample.strangerToken(number), order))
        }
        let created = OrderSample.created.advanced(bySeconds: 3600)
        let builder = OrderBookBuilder(listVersion: 2, created: created, keyEpoch: 1, keyCheck: 1)
        try write(builder.build(orders + written), to: nextPath)
        let next = try OrderBook(mapping: MappedFile(path: nextPath))
        try write(OrderDelta.between(OrderList(book), OrderList(next)).bytes(), to: deltaPath)
    }

    /// The same changes in LMDB, in one transaction. Orders that have ended stay there.
    func changeLMDB(folder: String) throws -> (seconds: Double, written: Double) {
        let path = "\(folder)/changed.lmdb"
        let peer = unsafe StoreContender("lmdb", harness_lmdb(), path: path)
        try peer.make(peerOrders(book))
        // On disk, so that the transaction has only its own to write, and in memory again.
        try dropFromMemory(path)
        _ = try digest(of: path)
        let orders = written.map { peerOrder($0, $1, after: book.created) }.sorted { $0.token < $1.token }
        let removed = removed.sorted()
        var bytes: Int64 = 0
        let time = unsafe harness_lmdb_change(path, removed, removed.count, orders, orders.count, &bytes)
        guard time >= 0 else { throw Trouble("LMDB cannot change \(path)") }
        return (Double(time) / 1e9, Double(bytes))
    }
}

private func digest(of path: String) throws -> String {
    String(try answer(of: ["sha256sum", path]).text.prefix { $0 != " " })
}
