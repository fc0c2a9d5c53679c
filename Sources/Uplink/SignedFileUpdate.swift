import GateModel
import ListStore
import Orders
import Repository
import TrustedFiles

/// What is published, as its roles have signed for it.
struct SignedPublication: Sendable {
    var mandate: FoundTarget?
    var orders: [OrderFileName: FoundTarget] = [:]
    /// How many orders may be added with one signature since the last book.
    var allowance = 0

    /// What the roles have signed for. Each signs for its own kind of file alone: an order book that the role of the small
    /// changes names is none.
    init(_ access: inout RepositoryAccess) async throws {
        mandate = try await access.targets(of: "mandate").first { $0.name == Mandate.targetName }
        for target in try await access.targets(of: "orders-bulk") {
            guard let name = OrderFileName(target.name) else { continue }
            if case .delta = name { continue }
            orders[name] = target
        }
        allowance = access.client.trusted?.targets("orders-bulk", by: "targets")?.allowance ?? 0
        for target in try await access.targets(of: "orders") {
            guard let name = OrderFileName(target.name), case .delta = name else { continue }
            orders[name] = target
        }
    }
}

extension SignedPublication {
    /// Whether a file that is in force is published under its name with another content. What the gate has joined itself tells
    /// nothing: it may differ.
    fileprivate func hasOther(_ record: ListRecord) -> Bool {
        let files = [record.base].compactMap(\.self) + record.deltas
        return files.contains { file in
            guard let name = OrderFileName(file.name), let digest = orders[name]?.file.hashes["sha256"] else {
                return false
            }
            if case .delta(let from, let to) = name, to - from > 1 { return false }
            return digest != file.sha256
        }
    }
}

/// Puts what is published in force: what is missing is fetched, verified, opened, and then written down as in force.
struct SignedFileUpdate: Sendable {
    let store: SignedFileStore
    /// Fetches a target, verified, to where the store keeps it.
    let fetch: @Sendable (FoundTarget) async throws -> Void

    /// A gate's disk is small: 1 GiB is several times the list of a province.
    static let largestFile: UInt64 = 1 << 30

    /// With the mandate that is published, or without one where none is; `nil` if it is the one in force.
    func takeMandate(_ published: SignedPublication, over inForce: FilesInForce?) async throws -> FilesInForce? {
        let mandate = try published.mandate.map { try NamedFile($0) }
        guard mandate != inForce?.record.mandate else { return nil }
        var files = inForce ?? FilesInForce(record: ListRecord())
        files.record.mandate = mandate
        if let target = published.mandate { _ = try await fetchUnlessStored(target) }
        files.mandate = try await offLoop { [store, record = files.record] in try store.mandate(of: record) }
        try await commit(files.record)
        return files
    }

    /// With the newest list; `nil` if that is in force, or if there is no mandate for one: then it is not even fetched
    /// (principle 7).
    ///
    /// - Parameter now: the time as the gate takes it to be.
    func takeList(
        _ published: SignedPublication, over inForce: FilesInForce?, at now: WallTime
    ) async throws -> FilesInForce? {
        guard var files = inForce, SignedFileStore.mayHoldList(files.mandate, at: now) else { return nil }
        let names = PublishedOrders(published.orders.keys)
        if let list = files.list, let newest = names.newest, newest < list.listVersion {
            throw Refusal.olderList(inForce: list.listVersion, found: newest)
        }
        // The publisher has begun anew at an earlier version, where a file is not the one that the gate has of that name, or
        // a delta does not follow. Nothing of the list in force leads to the one that is published then.
        let whole = names.route(base: nil, inForce: nil)
        let shortest =
            published.hasOther(files.record)
            ? whole : names.route(base: files.list?.base.listVersion, inForce: files.list?.listVersion)
        guard let whole, let shortest else { return nil }
        do {
            try await follow(shortest, of: published, &files)
        } catch OrderDeltaError.otherHistory {
            try await follow(whole, of: published, &files)
        }
        if let newest = names.newest, let list = files.list, list.listVersion != newest {
            throw Refusal.leadsElsewhere(newest: newest, found: list.listVersion)
        }
        files.listFault = nil
        try await commit(files.record)
        return files
    }

    /// With the book that was merged as the base of the very same list.
    func takeMerged(_ book: NamedFile, over inForce: FilesInForce) async throws -> FilesInForce {
        var files = inForce
        files.record = try await offLoop { [store] in try store.takeMerged(book, into: inForce.record) }
        files.list = try await offLoop { [store, record = files.record] in
            try record.deltas.reduce(OrderList(try store.book(book))) { list, file throws in
                try list.applying(try store.delta(file))
            }
        }
        try await commit(files.record)
        return files
    }

    private func commit(_ record: ListRecord) async throws {
        try await offLoop { [store] in try store.commit(record) }
    }

    private func follow(
        _ route: PublishedOrders.Route, of published: SignedPublication, _ files: inout FilesInForce
    ) async throws {
        func fetched(_ name: OrderFileName) async throws -> NamedFile {
            guard let target = published.orders[name] else { throw Refusal.missing(name: name.text) }
            return try await fetchUnlessStored(target)
        }
        var list: OrderList
        if let version = route.book {
            let file = try await fetched(.book(version))
            list = OrderList(try await offLoop { [store] in try store.book(file) })
            files.record.base = file
            files.record.deltas = []
            files.addedSinceBulk = 0
        } else if let held = files.list {
            list = held
            if route.start != held.listVersion {
                list = OrderList(held.base)
                files.record.deltas = []
                files.addedSinceBulk = 0
            }
        } else {
            // A route without a book begins at the list in force.
            throw Refusal.missing(name: "book of version \(route.start)")
        }
        for name in route.deltas {
            let file = try await fetched(name)
            let delta = try await offLoop { [store] in try store.delta(file) }
            files.count(delta, name)
            list = try await offLoop { [list] in try list.applying(delta) }
            files.record.deltas.append(file)
        }
        guard files.addedSinceBulk <= published.allowance else {
            throw Refusal.notAllowed(added: files.addedSinceBulk, allowed: published.allowance)
        }
        files.record = try await offLoop { [store, record = files.record] in try store.joiningDeltas(record) }
        files.list = list
    }

    private func fetchUnlessStored(_ target: FoundTarget) async throws -> NamedFile {
        let file = try NamedFile(target)
        guard file.size <= Self.largestFile else { throw Refusal.tooLarge(name: file.name, size: file.size) }
        try await fetch(target)
        return file
    }
}
