import Central
import Foundation
import GateModel
import Orders
import Testing
import TrustedFiles

/// What a data directory publishes, taken as a gate takes it: from `root.json` down to each digest.
struct PublishedFiles {
    let scratch: Scratch
    let metadata: TrustedMetadataSet

    init(_ scratch: Scratch, at time: WallTime = now) throws {
        self.scratch = scratch
        let folder = scratch.directory.metadataPath
        var set = try TrustedMetadataSet(
            trustedRoot: try scratch.content(scratch.directory.rootPath), now: time.secondsSince1970)
        _ = try set.updateTimestamp(try scratch.content("\(folder)/timestamp.json"))
        let snapshot = try #require(set.timestamp).snapshot.version
        try set.updateSnapshot(try scratch.content("\(folder)/\(snapshot).snapshot.json"))
        for role in ["targets", "orders-bulk", "orders", "mandate", "passes", "notices", "policy"] {
            let version = try set.announced(role).version
            try set.updateTargets(
                try scratch.content("\(folder)/\(version).\(role).json"), role: role,
                by: role == "targets" ? "root" : "targets")
        }
        metadata = set
    }

    func role(_ name: String) throws -> TargetsMetadata { try #require(metadata.targets(name, by: "targets")) }

    /// The names of the published order files.
    func orders() throws -> PublishedOrders {
        let names = try ["orders-bulk", "orders"].flatMap { try role($0).targets.keys }
        return PublishedOrders(names.compactMap(OrderFileName.init))
    }

    /// A target's content, once its digest is checked.
    func content(_ name: String, of role: String) throws -> [UInt8] {
        let target = try #require(metadata.foundTargets(of: role).first { $0.name == name })
        let file = try NamedFile(target)
        var parts = name.split(separator: "/").map(String.init)
        let last = parts.removeLast()
        let path = (["targets"] + parts + ["\(file.sha256).\(last)"]).joined(separator: "/")
        let content = try scratch.content("\(scratch.directory.publicPath)/\(path)")
        var verifier = TargetVerifier(file)
        try verifier.update(Data(content))
        try verifier.finish()
        return content
    }

    /// The list as a gate that has nothing comes to it.
    func list() throws -> OrderList {
        let route = try #require(try orders().route(base: nil, inForce: nil))
        let name = OrderFileName.book(try #require(route.book)).text
        let book = try OrderBook(mapping: MappedFile(copying: try content(name, of: "orders-bulk")))
        return try follow(route, from: OrderList(book))
    }

    func follow(_ route: PublishedOrders.Route, from list: OrderList) throws -> OrderList {
        var list = list
        for name in route.deltas {
            let role = if case .delta = name { "orders" } else { "orders-bulk" }
            list = try list.applying(try OrderDelta(bytes: try content(name.text, of: role)))
        }
        return list
    }

    func mandate() throws -> Mandate { try Mandate(json: try content(Mandate.targetName, of: "mandate")) }
}

extension OrderList {
    var references: Set<UInt64> {
        var references: Set<UInt64> = []
        forEachOrder { _, order in references.insert(order.reference.rawValue) }
        return references
    }
}
