import Testing
import TrustedFiles

/// Section 5.4 to 5.6 of the TUF specification.
@Suite struct WorkflowTests {
    private var repository = SampleRepository()
    private let now = SampleRepository.now

    // MARK: 5.4 Timestamp

    @Test func `5.4.2 a timestamp that the root's keys have not signed is refused`() throws {
        var client = try repository.client()
        let file = try repository.signed(repository.timestamp, by: [PublisherKey()])
        #expect(throws: MetadataError.notSigned(file: "timestamp.json", by: "root.json", signatures: 0, threshold: 1)) {
            try client.updateTimestamp(file)
        }
        #expect(client.timestamp == nil)
    }

    @Test mutating func `5.4.3.1 an older timestamp is refused, and one of the same version changes nothing`() throws {
        var client = try repository.client()
        repository.timestamp.header.version = 5
        #expect(try client.updateTimestamp(repository.file("timestamp")))
        repository.timestamp.snapshot.version = 100
        #expect(try client.updateTimestamp(repository.file("timestamp")) == false)
        #expect(client.timestamp?.snapshot.version == 1)
        repository.timestamp.header.version = 4
        #expect(throws: MetadataError.rollback(file: "timestamp.json", trusted: 5, found: 4)) {
            try client.updateTimestamp(repository.file("timestamp"))
        }
        #expect(client.timestamp?.header.version == 5)
    }

    @Test mutating func `5.4.3.1 a stored timestamp that has expired still protects against older ones`() throws {
        var client = try repository.client()
        repository.timestamp.header.version = 5
        repository.timestamp.header.expires = now
        try client.loadTimestamp(repository.file("timestamp"))
        let expired = MetadataError.expired(file: "timestamp.json", expires: now, now: now)
        #expect(throws: expired) { try client.updateTimestamp(repository.file("timestamp")) }
        repository.timestamp.header.expires = SampleRepository.end
        repository.timestamp.header.version = 4
        #expect(throws: MetadataError.rollback(file: "timestamp.json", trusted: 5, found: 4)) {
            try client.updateTimestamp(repository.file("timestamp"))
        }
        repository.timestamp.header.version = 6
        #expect(try client.updateTimestamp(repository.file("timestamp")))
    }

    @Test mutating func `5.4.3.2 a timestamp that names an older snapshot is refused`() throws {
        var client = try repository.client()
        repository.timestamp.snapshot.version = 7
        _ = try client.updateTimestamp(repository.file("timestamp"))
        repository.timestamp.header.version = 2
        repository.timestamp.snapshot.version = 6
        #expect(
            throws: MetadataError.namesOlder(file: "timestamp.json", named: "snapshot.json", trusted: 7, found: 6)
        ) { try client.updateTimestamp(repository.file("timestamp")) }
    }

    @Test mutating func `5.4.4 a timestamp that has expired is refused`() throws {
        var client = try repository.client()
        repository.timestamp.header.expires = now
        #expect(throws: MetadataError.expired(file: "timestamp.json", expires: now, now: now)) {
            try client.updateTimestamp(repository.file("timestamp"))
        }
        #expect(client.timestamp == nil)
        repository.timestamp.header.expires = now + 1
        #expect(try client.updateTimestamp(repository.file("timestamp")))
    }

    // MARK: 5.5 Snapshot

    @Test mutating func `5.5.2 the snapshot has the length and the digest that the timestamp names`() throws {
        let file = try repository.file("snapshot")
        repository.timestamp.snapshot = MetaFile(version: 1, content: file)
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        let length = Int64(file.count)
        #expect(throws: MetadataError.wrongLength(file: "snapshot.json", expected: length, found: length + 1)) {
            try client.updateSnapshot(file + [0x20])
        }
        repository.snapshot.header.unrecognized["x"] = .integer(1)
        var other = file
        if let space = other.lastIndex(of: UInt8(ascii: "}")) { other[space] = UInt8(ascii: "]") }
        #expect(throws: MetadataError.wrongDigest(file: "snapshot.json", algorithm: "sha256")) {
            try client.updateSnapshot(other)
        }
        try client.updateSnapshot(file)
    }

    @Test mutating func `5.5.2 digests of unknown kinds alone prove nothing`() throws {
        repository.timestamp.snapshot.hashes = ["blake9": "00"]
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        #expect(throws: MetadataError.noKnownDigest(file: "snapshot.json")) {
            try client.updateSnapshot(repository.file("snapshot"))
        }
    }

    @Test func `5.5.3 a snapshot that the root's keys have not signed is refused`() throws {
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        let file = try repository.signed(repository.snapshot, by: try #require(repository.keys["timestamp"]))
        #expect(throws: MetadataError.notSigned(file: "snapshot.json", by: "root.json", signatures: 0, threshold: 1)) {
            try client.updateSnapshot(file)
        }
    }

    @Test mutating func `5.5.4 the snapshot has the version that the timestamp names`() throws {
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        repository.snapshot.header.version = 2
        #expect(throws: MetadataError.wrongVersion(file: "snapshot.json", expected: 1, found: 2)) {
            try client.updateSnapshot(repository.file("snapshot"))
        }
    }

    @Test mutating func `5.5.5 no targets file goes back or goes missing, also if the stored snapshot has expired`()
        throws
    {
        repository.snapshot.meta = ["targets.json": MetaFile(version: 4), "a.json": MetaFile(version: 2)]
        repository.snapshot.header.expires = now - 1
        let stored = try repository.file("snapshot")
        repository.snapshot.header.expires = SampleRepository.end
        repository.snapshot.header.version = 2
        repository.timestamp.snapshot.version = 2
        let good = repository.snapshot.meta
        for (meta, error) in [
            (
                ["targets.json": MetaFile(version: 3), "a.json": MetaFile(version: 2)],
                MetadataError.namesOlder(file: "snapshot.json", named: "targets.json", trusted: 4, found: 3)
            ),
            (
                ["targets.json": MetaFile(version: 4), "a.json": MetaFile(version: 1)],
                MetadataError.namesOlder(file: "snapshot.json", named: "a.json", trusted: 2, found: 1)
            ),
            (["targets.json": MetaFile(version: 4)], MetadataError.dropped(file: "snapshot.json", named: "a.json")),
        ] {
            var client = try repository.client()
            _ = try client.updateTimestamp(repository.file("timestamp"))
            #expect(try client.loadSnapshot(stored) == false)
            repository.snapshot.meta = meta
            #expect(throws: error) { try client.updateSnapshot(repository.file("snapshot")) }
            #expect(client.snapshot?.header.version == 1)
            repository.snapshot.meta = good
            try client.updateSnapshot(repository.file("snapshot"))
        }
    }

    @Test mutating func `4.3 a snapshot older than the trusted one is refused`() throws {
        repository.snapshot.header.version = 9
        let stored = try repository.file("snapshot")
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        #expect(try client.loadSnapshot(stored) == false)
        repository.snapshot.header.version = 1
        #expect(throws: MetadataError.rollback(file: "snapshot.json", trusted: 9, found: 1)) {
            try client.updateSnapshot(repository.file("snapshot"))
        }
    }

    @Test mutating func `5.5.6 a snapshot that has expired is refused`() throws {
        repository.snapshot.header.expires = now
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        #expect(throws: MetadataError.expired(file: "snapshot.json", expires: now, now: now)) {
            try client.updateSnapshot(repository.file("snapshot"))
        }
        #expect(client.snapshot == nil)
    }

    @Test mutating func `a stored snapshot of the right version but another digest is not used`() throws {
        let stored = try repository.file("snapshot")
        repository.timestamp.snapshot = MetaFile(version: 1, content: stored + [0x20])
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        #expect(try client.loadSnapshot(stored) == false)
        #expect(throws: MetadataError.self) { try client.updateTargets(repository.file("targets")) }
    }

    // MARK: 5.6 Targets

    private func clientBeforeTargets() throws -> TrustedMetadataSet {
        var client = try repository.client()
        _ = try client.updateTimestamp(repository.file("timestamp"))
        try client.updateSnapshot(repository.file("snapshot"))
        return client
    }

    @Test mutating func `5.6.2 the targets file has the digest that the snapshot names`() throws {
        let file = try repository.file("targets")
        repository.snapshot.meta["targets.json"] = MetaFile(
            version: 1, hashes: ["sha512": String(repeating: "0", count: 128)])
        var client = try clientBeforeTargets()
        #expect(throws: MetadataError.wrongDigest(file: "targets.json", algorithm: "sha512")) {
            try client.updateTargets(file)
        }
    }

    @Test func `5.6.3 a targets file that the root's keys have not signed is refused`() throws {
        var client = try clientBeforeTargets()
        let file = try repository.signed(repository.targets, by: [])
        #expect(throws: MetadataError.notSigned(file: "targets.json", by: "root.json", signatures: 0, threshold: 1)) {
            try client.updateTargets(file)
        }
    }

    @Test mutating func `5.6.3 a delegated role is signed with the keys of who delegates to it`() throws {
        repository.delegate(to: "a")
        repository.delegate(to: "b")
        repository.delegate(to: "c", from: "a")
        var client = try repository.refreshedClient()
        try client.updateTargets(repository.file("a"), role: "a", by: "targets")
        let wrong = try repository.signed(
            try #require(repository.delegated["b"]), by: try #require(repository.keys["a"]))
        #expect(throws: MetadataError.notSigned(file: "b.json", by: "targets", signatures: 0, threshold: 1)) {
            try client.updateTargets(wrong, role: "b", by: "targets")
        }
        #expect(throws: MetadataError.notDelegated(role: "c", by: "targets")) {
            try client.updateTargets(repository.file("c"), role: "c", by: "targets")
        }
        try client.updateTargets(repository.file("c"), role: "c", by: "a")
        #expect(client.targets("c", by: "a") == repository.delegated["c"])
        #expect(client.targets("c", by: "b") == nil)
    }

    @Test mutating func `5.6.4 the targets file has the version that the snapshot names`() throws {
        var client = try clientBeforeTargets()
        repository.targets.header.version = 2
        #expect(throws: MetadataError.wrongVersion(file: "targets.json", expected: 1, found: 2)) {
            try client.updateTargets(repository.file("targets"))
        }
    }

    @Test mutating func `5.6.5 a targets file that has expired is refused`() throws {
        repository.targets.header.expires = now
        var client = try clientBeforeTargets()
        #expect(throws: MetadataError.expired(file: "targets.json", expires: now, now: now)) {
            try client.updateTargets(repository.file("targets"))
        }
        #expect(client.targets("targets", by: "root") == nil)
    }

    @Test mutating func `5.6 a delegated role that the snapshot does not name is refused`() throws {
        repository.delegate(to: "a")
        repository.snapshot.meta["a.json"] = nil
        var client = try repository.refreshedClient()
        #expect(throws: MetadataError.notInSnapshot(role: "a")) {
            try client.updateTargets(repository.file("a"), role: "a", by: "targets")
        }
    }

    @Test func `nothing is taken before what it rests on`() throws {
        var client = try repository.client()
        #expect(throws: MetadataError.self) { try client.updateSnapshot(repository.file("snapshot")) }
        #expect(throws: MetadataError.self) { try client.updateTargets(repository.file("targets")) }
        #expect(throws: MetadataError.self) { try client.updateTimestamp(repository.file("snapshot")) }
    }
}
