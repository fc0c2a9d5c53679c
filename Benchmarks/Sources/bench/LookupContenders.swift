import CHarness
import GateModel
import Glibc
import Orders

/// One way to find orders in a file.
protocol LookupContender: AnyObject {
    var name: String { get }
    var path: String { get }
    /// Opens the file, without looking anything up.
    func open() throws
    func close()
    /// Looks `tokens` up. The time has one reading of the clock in it.
    ///
    /// - Parameter waits: whether each waits until the one before it is done.
    func find(_ tokens: ArraySlice<UInt64>, waits: Bool) throws -> (nanoseconds: Int64, found: Int)
}

extension LookupContender {
    func byteCount() throws -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw Trouble("\(path) cannot be read: \(lastReason())") }
        return Int(status.st_size)
    }
}

/// The order book, as a gate asks it.
final class BookContender: LookupContender {
    let name = "order_book"
    let path: String
    private var book: OrderBook?

    init(path: String) { self.path = path }

    func open() throws { book = try OrderBook(mapping: MappedFile(path: path)) }

    func close() { book = nil }

    func find(_ tokens: ArraySlice<UInt64>, waits: Bool) throws -> (nanoseconds: Int64, found: Int) {
        guard let book else { throw Trouble("\(path) is not open") }
        var found = 0
        var sum: UInt64 = 0
        let start = harness_now()
        for token in tokens {
            if waits { harness_fence() }
            guard let order = book.order(for: SubjectToken(rawValue: token)) else { continue }
            found &+= 1
            sum &+= order.household.rawValue &+ order.reference.rawValue
            sum &+= UInt64(truncatingIfNeeded: order.ends.secondsSince1970) &+ UInt64(order.reason.rawValue)
            if order.kind == .isolation { sum &+= 1 }
        }
        harness_fence()
        let time = harness_now() - start
        // The fields have to be read.
        guard found == 0 || sum != 0 else { throw Trouble("the order book found orders with nothing in them") }
        return (time, found)
    }
}

/// A peer or floor behind its C interface.
@safe final class StoreContender: LookupContender {
    let name: String
    let path: String
    private let store: UnsafePointer<harness_store>
    private var opened: UnsafeMutableRawPointer?

    /// - Parameter path: of the file, which is there already or is made with `make`.
    init(_ name: String, _ store: UnsafePointer<harness_store>, path: String) {
        self.name = name
        unsafe self.store = unsafe store
        self.path = path
    }

    deinit { close() }

    /// - Parameter orders: ascending by token.
    func make(_ orders: [harness_order]) throws {
        guard unsafe store.pointee.make(path, orders, orders.count) == 0 else {
            throw Trouble("\(name) cannot make \(path)")
        }
    }

    func open() throws {
        unsafe opened = unsafe store.pointee.open(path)
        guard unsafe opened != nil else { throw Trouble("\(name) cannot open \(path)") }
    }

    func close() {
        if let opened = unsafe opened { unsafe store.pointee.close(opened) }
        unsafe opened = nil
    }

    func find(_ tokens: ArraySlice<UInt64>, waits: Bool) throws -> (nanoseconds: Int64, found: Int) {
        guard let opened = unsafe opened else { throw Trouble("\(path) is not open") }
        var found = 0
        let time = unsafe tokens.withUnsafeBufferPointer { tokens -> Int64 in
            guard let first = tokens.baseAddress else { return -1 }
            return unsafe store.pointee.find(opened, first, tokens.count, waits ? 1 : 0, &found)
        }
        guard time >= 0 else { throw Trouble("\(name) cannot look orders up") }
        return (time, found)
    }
}

/// The orders of `book` as the peers keep them, ascending by token.
func peerOrders(_ book: OrderBook) -> [harness_order] {
    var orders: [harness_order] = []
    orders.reserveCapacity(book.count)
    book.forEachOrder { token, order in orders.append(peerOrder(token, order, after: book.created)) }
    return orders
}

/// An order as the peers keep it.
///
/// - Parameter created: what its end is counted from.
func peerOrder(_ token: SubjectToken, _ order: Order, after created: WallTime) -> harness_order {
    let kind: UInt64 = if case .exposure(let tier) = order.kind { UInt64(tier.rawValue) } else { 0 }
    let minutes = UInt64(max(0, order.ends.secondsSince1970 / 60 - created.secondsSince1970 / 60))
    let details = kind | UInt64(order.reason.rawValue) << 3 | minutes << 6 | order.reference.rawValue << 22
    return harness_order(token: token.rawValue, household: order.household.rawValue, details: details)
}

/// Takes a file that nobody has mapped out of the page cache.
func dropFromMemory(_ path: String) throws {
    guard unsafe harness_drop(path) == 0 else {
        throw Trouble("\(path) cannot be dropped from memory: \(lastReason())")
    }
}
