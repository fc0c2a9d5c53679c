import Testing
import TrustedFiles

/// The machine: what it asks for, what it has stored, and where it ends.
@Suite struct RepositoryClientTests {
    private var world = ClientWorld()

    // MARK: The way of an update

    @Test mutating func `an update reads, fetches and stores in the order of section 5`() throws {
        try world.update()
        #expect(
            world.log == [
                "read root", "fetch 2.root.json 512000", "read timestamp", "fetch timestamp.json 16384",
                "store timestamp",
                "read snapshot", "fetch 1.snapshot.json 2000000", "store snapshot", "read targets",
                "fetch 1.targets.json 5000000", "store targets", "done",
            ])
    }

    @Test mutating func `when nothing is new only root and timestamp are asked for`() throws {
        try world.update()
        try world.update()
        #expect(
            world.log == [
                "read root", "fetch 2.root.json 512000", "read timestamp", "fetch timestamp.json 16384",
                "read snapshot",
                "read targets", "done",
            ])
    }

    @Test mutating func `5.3.12 without consistent snapshots names have no version, but for roots`() throws {
        world.repository.root.consistentSnapshot = nil
        try world.trustRoot()
        try world.update()
        let fetched = world.log.filter { $0.hasPrefix("fetch") }.map { $0.split(separator: " ")[1] }
        #expect(fetched == ["2.root.json", "timestamp.json", "snapshot.json", "targets.json"])
    }

    @Test mutating func `5.5.1 and 5.6.1 a length that is told is the most that is fetched`() throws {
        let targets = try world.repository.file("targets")
        world.repository.snapshot.meta["targets.json"] = MetaFile(version: 1, content: targets)
        let snapshot = try world.repository.file("snapshot")
        world.repository.timestamp.snapshot = MetaFile(version: 1, content: snapshot)
        try world.update()
        #expect(world.log.contains("fetch 1.snapshot.json \(snapshot.count)"))
        #expect(world.log.contains("fetch 1.targets.json \(targets.count)"))
        world.repository.timestamp.header.version = 2
        world.repository.timestamp.snapshot = MetaFile(version: 2, length: .max)
        try world.update()
        #expect(world.log.contains("fetch 2.snapshot.json \(RepositoryLimits().largest)"))
    }

    @Test mutating func `more bytes than may come are refused`() throws {
        world.limits.timestamp = 100
        try world.update()
        #expect(world.refusal == .tooLong(file: "timestamp.json", limit: 100))
    }

    @Test(arguments: ["timestamp", "snapshot", "targets"])
    func `5.4.1, 5.5.1 and 5.6.1 a file that is not there ends the update`(role: String) throws {
        var world = world
        world.absent = [role]
        try world.update()
        #expect(world.refusal == .missing(file: role == "timestamp" ? "timestamp.json" : "1.\(role).json"))
        #expect(world.stored[role] == nil)
    }

    @Test mutating func `5.2 without a root nothing is asked`() throws {
        world.stored = [:]
        try world.update()
        #expect(world.refusal == .noTrustedRoot)
        #expect(world.log == ["read root", "refused"])
    }

    // MARK: 5.3 Roots

    @Test mutating func `5.3.3 to 5.3.9 roots are taken one by one, each stored, up to the limit`() throws {
        for _ in 2...6 { try world.publishRoot() }
        world.limits.rootRotations = 3
        try world.update()
        #expect(world.log.filter { $0 == "store root" }.count == 3)
        #expect(world.client?.trusted?.root.header.version == 4)
        #expect(world.log.last == "done")
        try world.update()
        #expect(world.client?.trusted?.root.header.version == 6)
    }

    @Test mutating func `5.3.8 and 5.3.10 a last root that has expired is stored, and ends the update`() throws {
        world.repository.root.header.expires = SampleRepository.now
        try world.publishRoot()
        try world.update()
        #expect(world.log.suffix(3) == ["store root", "fetch 3.root.json 512000", "refused"])
        #expect(
            world.refusal
                == .expired(file: "root.json", expires: SampleRepository.now, now: SampleRepository.now))
        #expect(try world.stored["root"] == world.repository.rootFile())
    }

    @Test mutating func `a root that is refused leaves the one before`() throws {
        try world.publishRoot()
        let good = world.roots[2]
        world.repository.keys["root"] = [PublisherKey()]
        try world.publishRoot()
        try world.update()
        #expect(world.refusal == .notSigned(file: "root.json", by: "root.json", signatures: 0, threshold: 1))
        #expect(world.stored["root"] == good)
    }

    @Test(arguments: ["timestamp", "snapshot"])
    func `5.3.11 rotated keys end a fast-forward, and what was stored goes before the root comes`(role: String) throws {
        var world = world
        world.repository.timestamp.header.version = 1_000
        world.repository.timestamp.snapshot.version = 1_000
        world.repository.snapshot.header.version = 1_000
        world.repository.snapshot.meta["targets.json"]?.version = 1_000
        world.repository.targets.header.version = 1_000
        try world.update()
        #expect(world.log.last == "done")
        world.repository.rotate(role)
        world.repository.root.header.version = 1
        try world.publishRoot()
        world.repository.timestamp.header.version = 2
        world.repository.timestamp.snapshot.version = 2
        world.repository.snapshot.header.version = 2
        world.repository.snapshot.meta["targets.json"]?.version = 2
        world.repository.targets.header.version = 2
        try world.update()
        #expect(world.log[2...3] == ["remove timestamp snapshot", "store root"])
        #expect(world.log.last == "done")
    }

    @Test mutating func `a stored timestamp and snapshot that are no longer signed as asked are as good as absent`()
        throws
    {
        try world.update()
        world.stored["timestamp"] = [0x7B]
        world.stored["snapshot"] = try world.repository.signed(world.repository.snapshot, by: [])
        world.stored["targets"] = []
        try world.update()
        #expect(world.log.last == "done")
        #expect(try world.stored["snapshot"] == world.repository.file("snapshot"))
    }

    // MARK: 5.6.7 The search

    @Test mutating func `5.6.7 roles are asked depth first, each once, and nobody after a terminating one`() throws {
        for (parent, name, isTerminating) in [
            ("targets", "a", false), ("a", "b", false), ("a", "c", true), ("a", "d", false), ("c", "e", false),
            ("e", "a", false), ("targets", "f", false),
        ] {
            let from = parent == "targets" ? nil : parent
            world.repository.delegate(to: name, from: from, isTerminating: isTerminating)
        }
        try world.update()
        try world.find("x")
        #expect(world.fetched == ["1.a.json", "1.b.json", "1.c.json", "1.e.json"])
        #expect(world.refusal == .noSuchTarget(name: "x"))
        try world.find("x")
        #expect(world.fetched == [])
    }

    @Test mutating func `5.6.7 the first role that has it answers, and others may be sought afterwards`() throws {
        let file = TargetFile(content: [1])
        world.repository.targets.targets["x"] = TargetFile(content: [9])
        world.repository.delegate(to: "a", targets: ["x": file, "dir/y": file])
        world.repository.delegate(to: "b", coverage: .paths(["dir/*"]), targets: ["dir/y": file, "x": file])
        try world.update()
        try world.find("absent")
        #expect(world.refusal == .noSuchTarget(name: "absent"))
        try world.find("x")
        #expect(world.client?.found?.role == "targets")
        try world.find("dir/y")
        let found = try #require(world.client?.found)
        #expect(found.role == "b")
        #expect(found.localName == "dir%2Fy")
        #expect(found.path == "dir/\(FileDigests.sha256(of: [1])).y")
    }

    @Test mutating func `5.6.7 a role that cannot be had ends the search`() throws {
        world.repository.delegate(to: "a")
        world.repository.delegate(to: "b", targets: ["x": TargetFile(content: [1])])
        world.absent = ["a"]
        try world.update()
        try world.find("x")
        #expect(world.refusal == .missing(file: "1.a.json"))
        #expect(world.client?.found == nil)
    }

    @Test mutating func `5.6.7.1 no more roles are asked than the limit says`() throws {
        for index in 0..<10 { world.repository.delegate(to: "r\(index)") }
        world.limits.delegations = 4
        try world.update()
        try world.find("x")
        #expect(world.refusal == .tooManyRoles(name: "x", limit: 4))
        #expect(world.fetched.count == 4)
    }

    @Test(arguments: [
        ("?", "%3F"), ("../x", "..%2Fx"), ("/x", "%2Fx"), ("é", "%C3%A9"), ("a%b", "a%25b"), ("a-._~b", "a-._~b"),
    ])
    func `names of roles are quoted in addresses and file names`(name: String, quoted: String) throws {
        var world = world
        world.repository.delegate(to: name)
        try world.update()
        try world.find("x")
        #expect(world.fetched == ["1.\(quoted).json"])
        #expect(RepositoryClient.fileName(of: name) == "\(quoted).json")
        #expect(world.stored[name] != nil)
    }

    @Test mutating func `the path of a target keeps what an address may hold`() throws {
        world.repository.root.consistentSnapshot = false
        try world.trustRoot()
        world.repository.targets.targets["a b/%20?é"] = TargetFile(content: [])
        try world.update()
        try world.find("a b/%20?é")
        #expect(world.client?.found?.path == "a%20b/%20?%C3%A9")
    }

    // MARK: What is stored

    @Test mutating func `what is stored is used although it has expired, and that is told`() throws {
        world.repository.delegate(to: "a", targets: ["x": TargetFile(content: [1])])
        try world.update()
        try world.find("x")
        try world.load(now: SampleRepository.end + 10)
        #expect(world.log == ["read root", "read timestamp", "read snapshot", "read targets", "done"])
        let files = ["root", "timestamp", "snapshot", "targets"].map { "\($0).json" }
        let expected = files.map {
            MetadataError.expired(file: $0, expires: SampleRepository.end, now: SampleRepository.end + 10)
        }
        #expect(world.client?.findings == expected)
        try world.find("x")
        #expect(world.client?.found?.file.length == 1)
        #expect(world.fetched == [])
    }

    @Test mutating func `what is stored is used although files are missing or belong to other states`() throws {
        world.repository.targets.targets["x"] = TargetFile(content: [1])
        try world.update()
        world.repository.timestamp.header.version = 2
        world.repository.timestamp.snapshot.version = 2
        world.absent = ["snapshot"]
        try world.update()
        #expect(world.refusal == .missing(file: "2.snapshot.json"))
        try world.load()
        #expect(world.client?.findings == [.wrongVersion(file: "snapshot.json", expected: 2, found: 1)])
        world.stored["timestamp"] = nil
        world.stored["snapshot"] = nil
        try world.load()
        #expect(world.client?.findings == [.missing(file: "timestamp.json"), .missing(file: "snapshot.json")])
        try world.find("x")
        #expect(world.client?.found != nil)
    }

    @Test mutating func `what is stored and was altered is not used`() throws {
        try world.update()
        world.stored["targets"] = try world.repository.signed(world.repository.targets, by: [PublisherKey()])
        try world.load()
        #expect(
            world.client?.findings == [.notSigned(file: "targets.json", by: "root.json", signatures: 0, threshold: 1)])
        try world.find("x")
        #expect(world.refusal == .missing(file: "targets.json"))
        world.stored["root"] = [0]
        try world.load()
        #expect(world.client?.trusted == nil)
    }

    @Test mutating func `answers that nobody asked for do nothing`() throws {
        try world.update()
        var client = try #require(world.client)
        client.take([1, 2, 3])
        client.proceed()
        #expect(client.step == .done)
        var early = RepositoryClient(now: 0)
        early.find("x")
        early.proceed()
        #expect(early.step == .read(role: "root"))
    }
}
