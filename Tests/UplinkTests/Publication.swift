import Foundation
import GateModel
import ListStore
import Orders
import TrustedFiles

/// What an authority publishes at one time, right unless a test makes it wrong.
struct Publication: Sendable {
    static let key = PublisherKey()
    /// In the middle of every mandate.
    static let now = WallTime(secondsSince1970: 1_800_000_000 + 3600)
    static let trust = Trust(key: key.trusted, deployment: "town", keyEpoch: 1, keyCheck: 0xC0FFEE)

    var version: UInt64
    var listVersion: UInt64
    var deployment = "town"
    var signer = Publication.key
    var keyCheck: UInt64 = 0xC0FFEE
    var mandateReference = "M-1"
    /// Changes the content of the order file after the manifest named it.
    var damage: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// Changes the content of the order file before the manifest names it.
    var forge: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// Changes the signed manifest.
    var seal: @Sendable ([UInt8]) -> [UInt8] = { $0 }

    init(_ version: UInt64, list: UInt64? = nil, _ change: (inout Publication) -> Void = { _ in }) {
        self.version = version
        listVersion = list ?? version
        change(&self)
    }

    /// Every path with its content.
    func files() throws -> [String: [UInt8]] {
        let created = WallTime(secondsSince1970: 1_800_000_000)
        let builder = OrderBookBuilder(listVersion: listVersion, created: created, keyEpoch: 1, keyCheck: keyCheck)
        let order = Order(
            kind: .isolation, reason: .closeContact, ends: created.advanced(bySeconds: 86_400),
            household: HouseholdToken(rawValue: 1), reference: try required(OrderReference(1)))
        let book = forge(try builder.build([(SubjectToken(rawValue: 0xAA), order)]))
        let mandate = try Mandate(
            reference: mandateReference, legalBasis: "a law", area: "a town", from: created,
            until: created.advanced(bySeconds: 86_400)
        ).json()
        let manifest = try Manifest(
            version: version, deployment: deployment, created: created.secondsSince1970,
            files: [
                Manifest.File(role: .orders, name: "orders-\(listVersion).book", content: book),
                Manifest.File(role: .mandate, name: "mandate.json", content: mandate),
            ])
        return [
            "/files/manifest.json": seal(try manifest.sealed(with: signer)),
            "/files/orders-\(listVersion).book": damage(book),
            "/files/mandate.json": mandate,
        ]
    }

    /// Answers with the files as they are.
    func handler() throws -> FakeCentral.Handler {
        let files = try files()
        return { request in files[request.path].map { FakeAnswer(body: $0) } ?? .notFound }
    }
}

func required<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw CocoaError(.coderValueNotFound) }
    return value
}
