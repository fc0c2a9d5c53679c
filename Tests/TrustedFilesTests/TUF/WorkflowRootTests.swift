import Testing
import TrustedFiles

/// Section 5.2 and 5.3 of the TUF specification.
@Suite struct WorkflowRootTests {
    private var repository = SampleRepository()

    @Test func `5.2 the trusted root may have expired`() throws {
        let client = try repository.client(now: SampleRepository.end + 1)
        #expect(client.root == repository.root)
    }

    @Test func `5.2 a trusted root that its own keys have not signed is refused`() throws {
        let file = try repository.signed(repository.root, by: [PublisherKey()])
        #expect(throws: MetadataError.notSigned(file: "root.json", by: "root.json", signatures: 0, threshold: 1)) {
            try TrustedMetadataSet(trustedRoot: file, now: 0)
        }
    }

    @Test mutating func `5.3.4 the next root is signed by the keys of both`() throws {
        var client = try repository.client()
        let old = try #require(repository.keys["root"])
        repository.rotate("root")
        let byNew = try repository.rootFile()
        let byOld = try repository.signed(repository.root, by: old)
        for file in [byNew, byOld] {
            #expect(throws: MetadataError.notSigned(file: "root.json", by: "root.json", signatures: 0, threshold: 1)) {
                try client.updateRoot(file)
            }
            #expect(client.root.header.version == 1)
        }
        #expect(try client.updateRoot(repository.rootFile(alsoBy: old)) == false)
        #expect(client.root == repository.root)
    }

    @Test mutating func `5.3.4 each root's own threshold counts`() throws {
        let more = [PublisherKey(), PublisherKey()]
        repository.keys["root"]? += more
        repository.useKeys()
        repository.root.roles["root"]?.threshold = 2
        var client = try repository.client()
        repository.root.header.version = 2
        repository.root.roles["root"]?.threshold = 3
        let two = try repository.signed(repository.root, by: more)
        #expect(throws: MetadataError.notSigned(file: "root.json", by: "root.json", signatures: 2, threshold: 3)) {
            try client.updateRoot(two)
        }
        _ = try client.updateRoot(repository.rootFile())
        repository.root.header.version = 3
        repository.root.roles["root"]?.threshold = 1
        #expect(throws: MetadataError.notSigned(file: "root.json", by: "root.json", signatures: 2, threshold: 3)) {
            try client.updateRoot(repository.signed(repository.root, by: more))
        }
    }

    @Test(arguments: [1, 3, 4, Int64.max])
    func `5.3.5 the next root has the next version`(version: Int64) throws {
        var repository = repository
        var client = try repository.client()
        repository.root.header.version = version
        #expect(throws: MetadataError.wrongRootVersion(expected: 2, found: version)) {
            try client.updateRoot(repository.rootFile())
        }
        #expect(client.root.header.version == 1)
    }

    @Test mutating func `5.3.6 and 5.3.10 only the last root must not have expired`() throws {
        var client = try repository.client()
        repository.root.header.version = 2
        repository.root.header.expires = SampleRepository.now
        _ = try client.updateRoot(repository.rootFile())
        let expired = MetadataError.expired(
            file: "root.json", expires: SampleRepository.now, now: SampleRepository.now)
        #expect(throws: expired) { try client.checkRoot() }
        #expect(throws: expired) { try client.updateTimestamp(repository.file("timestamp")) }
        repository.root.header.version = 3
        repository.root.header.expires = SampleRepository.end
        _ = try client.updateRoot(repository.rootFile())
        try client.checkRoot()
    }

    @Test(arguments: ["timestamp", "snapshot"])
    func `5.3.11 a root that takes a key from timestamp or snapshot says so`(role: String) throws {
        var repository = repository
        var client = try repository.client()
        repository.rotate(role)
        #expect(try client.updateRoot(repository.rootFile()))
    }

    @Test mutating func `5.3.11 more keys, other thresholds and new targets keys are no rotation`() throws {
        var client = try repository.client()
        repository.keys["snapshot"]?.append(PublisherKey())
        repository.useKeys()
        repository.root.header.version = 2
        repository.root.roles["snapshot"]?.threshold = 2
        #expect(try client.updateRoot(repository.rootFile()) == false)
        repository.rotate("targets")
        #expect(try client.updateRoot(repository.rootFile()) == false)
    }

    @Test mutating func `a root is not taken after a timestamp`() throws {
        var client = try repository.refreshedClient()
        repository.root.header.version = 2
        #expect(throws: MetadataError.self) { try client.updateRoot(repository.rootFile()) }
    }
}
