import Foundation
import TestPrograms
import Testing
import TrustedFiles

/// What this project publishes is read by python-tuf's own client.
@Suite(.serialized)
struct PublishedRepositoryTests {
    private let end = Int64(Date.now.timeIntervalSince1970) + 86_400
    private let keys = (0..<5).map { _ in PublisherKey() }

    private func header(_ version: Int64, _ more: [String: JSONValue] = [:]) -> MetadataHeader {
        MetadataHeader(version: version, expires: end, unrecognized: more)
    }

    private func signed<Body: MetadataBody>(_ body: Body, _ signers: PublisherKey...) throws -> [UInt8] {
        var file = SignedMetadata(body)
        for key in signers { try file.sign(with: key) }
        return file.encoded()
    }

    @Test(.timeLimit(.minutes(2)))
    func `python-tuf takes a repository with thresholds, a rotation, delegations and fields of our own`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tuf-published-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, content) in try repository() {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content).write(to: file)
        }
        let outcome = try await Peer.run("published.py", [folder.path, "lists/orders é.txt"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.lines == ["orders%20role.json root.json snapshot.json targets.json timestamp.json", "the list"])
    }

    /// Paths and contents.
    private func repository() throws -> [String: [UInt8]] {
        let more: [String: JSONValue] = ["note": .string("\"\\\n\u{1}é😀"), "list": .array([.integer(-1), .null])]
        var root = RootMetadata(
            header: header(1, more),
            signers: [
                "root": ([keys[0].trusted, keys[1].trusted], 2), "timestamp": ([keys[2].trusted], 1),
                "snapshot": ([keys[2].trusted], 1), "targets": ([keys[3].trusted], 1),
            ])
        let first = try signed(root, keys[0], keys[1])
        root = RootMetadata(
            header: header(2),
            signers: [
                "root": ([keys[1].trusted, keys[4].trusted], 1), "timestamp": ([keys[2].trusted], 1),
                "snapshot": ([keys[2].trusted], 1), "targets": ([keys[3].trusted], 1),
            ])
        let second = try signed(root, keys[0], keys[1])

        let content = Array("the list".utf8)
        let target = TargetFile(content: content, custom: .object(["role": .string("orders")]))
        let path = "lists/orders é.txt"
        let orders = try signed(TargetsMetadata(header: header(7), targets: [path: target]), keys[4])
        let key = MetadataKey(keys[4].trusted)
        let role = DelegatedRole(
            name: "orders role", signers: RoleKeys(keyids: [key.keyid]), isTerminating: true,
            coverage: .paths(["lists/*"]))
        let targets = try signed(
            TargetsMetadata(
                header: header(3), targets: [:],
                delegations: Delegations(keys: [key.keyid: key], roles: .listed([role]))), keys[3])
        let snapshot = try signed(
            SnapshotMetadata(
                header: header(4),
                meta: [
                    "targets.json": MetaFile(version: 3, content: targets),
                    "orders role.json": MetaFile(version: 7, content: orders),
                ]), keys[2])
        let timestamp = try signed(
            TimestampMetadata(
                header: header(5, ["issued": .integer(1_764_000_000)]),
                snapshot: MetaFile(version: 4, content: snapshot)), keys[2])
        let digest = try #require(target.hashes["sha256"])
        return [
            "root.json": first, "metadata/1.root.json": first, "metadata/2.root.json": second,
            "metadata/timestamp.json": timestamp, "metadata/4.snapshot.json": snapshot,
            "metadata/3.targets.json": targets, "metadata/7.orders role.json": orders,
            "targets/lists/\(digest).orders é.txt": content,
        ]
    }
}
