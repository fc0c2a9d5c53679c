import CHarness
import GateModel
import Orders

/// `order_lookup`: nanoseconds for one order, found or not, beside SQLite, LMDB and the floor.
func measureLookup(_ list: LargeList, folder: String, isQuick: Bool, into report: inout Report) throws {
    let meter = try LookupMeter(list, folder: folder, isQuick: isQuick)
    for (peer, bytes) in try meter.peerSizes() {
        let own = try Double(BookContender(path: list.path).byteCount())
        let count = Double(list.sample.count)
        report.add(
            "order_book_bytes.\(label(orders: list.sample.count)).file", own / count, "B/order",
            beside: (peer, Double(bytes) / count))
    }
    for state in LookupMeter.State.allCases {
        for hits in [true, false] {
            let times = try meter.measure(state, hits: hits)
            guard let own = times.first else { continue }
            for (word, share) in [("p50", 0.5), ("p99", 0.99)] {
                for peer in times.dropFirst() {
                    report.add(
                        "order_lookup.\(hits ? "hit" : "miss").\(state).\(word)", own.percentile(share), "ns",
                        beside: (peer.name, peer.percentile(share)))
                }
            }
        }
    }
}

/// Asks all contenders for the same orders, in turns.
private final class LookupMeter {
    enum State: String, CaseIterable {
        /// Looked up in all the time. Batches of ``batch``, each of which waits until the one before it is done.
        case warm
        /// The same, but that the processor may begin one before the one before it is done.
        case stream
        /// Nothing is left in the caches of the processor. One by one.
        case cold
        /// Nothing is left in memory: the file is just opened, and is read from the disk. One by one.
        case disk
    }

    struct Times {
        var name: String
        /// Nanoseconds for one order, in rounds.
        var rounds: [[Double]] = []

        func percentile(_ share: Double) -> Double { rounds.map { $0.percentile(share) }.median }
    }

    /// The clock costs as much as the floor does, so it is read once for so many.
    private static let batch = 32

    private let list: LargeList
    private let book: BookContender
    private let peers: [StoreContender]
    private let bucketKeys: StoreContender
    private let bucketRecords: StoreContender
    private let isQuick: Bool
    /// Nanoseconds that reading the clock takes.
    private let clockTime: Double
    private var random = SeededGenerator(state: 7)

    init(_ list: LargeList, folder: String, isQuick: Bool) throws {
        self.list = list
        self.isQuick = isQuick
        book = BookContender(path: list.path)
        peers = unsafe [
            StoreContender("sqlite", harness_sqlite(), path: "\(folder)/peer.sqlite"),
            StoreContender("lmdb", harness_lmdb(), path: "\(folder)/peer.lmdb"),
        ]
        // Both read the same file.
        bucketKeys = unsafe StoreContender("bucket_keys", harness_bucket_keys(), path: "\(folder)/peer.buckets")
        bucketRecords = unsafe StoreContender(
            "bucket_records", harness_bucket_records(), path: "\(folder)/peer.buckets")
        let orders = peerOrders(try list.open())
        for contender in peers + [bucketKeys] { try contender.make(orders) }
        let times = (0..<1001).map { _ in
            let start = harness_now()
            return Double(harness_now() - start)
        }
        clockTime = times.median
        for contender in all { try contender.open() }
    }

    private var all: [any LookupContender] { [book] + peers + [bucketKeys, bucketRecords] }

    func peerSizes() throws -> [(String, Int)] {
        try peers.map { ($0.name, try $0.byteCount()) }
    }

    /// Ours comes first.
    func measure(_ state: State, hits: Bool) throws -> [Times] {
        // For a miss there is no record to read. From the disk, one floor would find the pages that the other has read.
        let floors = hits ? state == .disk ? [bucketRecords] : [bucketKeys, bucketRecords] : [bucketKeys]
        let contenders: [any LookupContender] = [book] + peers + floors
        var times = contenders.map { Times(name: $0.name) }
        switch state {
        case .warm, .stream:
            for round in 0..<(isQuick ? 3 : 21) {
                for turn in contenders.indices {
                    let place = (round + turn) % contenders.count
                    times[place].rounds.append(try warmRound(contenders[place], hits: hits, waits: state == .warm))
                }
            }
        case .cold, .disk:
            for place in times.indices { times[place].rounds = [[]] }
            for round in 0..<(isQuick ? 20 : state == .cold ? 500 : 100) {
                if state == .disk { try dropFiles(contenders) }
                let token = tokens(1, hits: hits)
                for turn in contenders.indices {
                    let place = (round + turn) % contenders.count
                    harness_empty_caches()
                    times[place].rounds[0].append(try time(contenders[place], token[...], hits: hits, waits: true))
                }
            }
        }
        return times
    }

    private func warmRound(_ contender: any LookupContender, hits: Bool, waits: Bool) throws -> [Double] {
        let batches = isQuick ? 500 : 4_000
        // Others had their turn, so what the processor's caches can hold has to come back.
        _ = try time(contender, tokens(100_000, hits: hits)[...], hits: hits, waits: waits)
        let tokens = tokens(batches * Self.batch, hits: hits)
        return try stride(from: 0, to: tokens.count, by: Self.batch).map { first in
            try time(contender, tokens[first..<first + Self.batch], hits: hits, waits: waits)
        }
    }

    /// Nanoseconds for one of `tokens`.
    private func time(
        _ contender: any LookupContender, _ tokens: ArraySlice<UInt64>, hits: Bool, waits: Bool
    ) throws -> Double {
        let (nanoseconds, found) = try contender.find(tokens, waits: waits)
        guard found == (hits ? tokens.count : 0) else {
            throw Trouble("\(contender.name) found \(found) of \(hits ? tokens.count : 0) orders")
        }
        return (Double(nanoseconds) - clockTime) / Double(tokens.count)
    }

    private func tokens(_ count: Int, hits: Bool) -> [UInt64] {
        (0..<count).map { _ in
            let index = Int(random.next() % UInt64(list.sample.count))
            return (hits ? list.sample.token(index) : list.sample.strangerToken(index)).rawValue
        }
    }

    /// Nothing that is mapped can be dropped, so all are closed, and opened again.
    private func dropFiles(_ contenders: [any LookupContender]) throws {
        for contender in all { contender.close() }
        for contender in contenders {
            try dropFromMemory(contender.path)
        }
        for contender in contenders { try contender.open() }
    }
}
