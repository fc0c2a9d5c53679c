import TestSupport
import Testing
import TrustedFiles

/// Whatever comes: nothing crashes, and nothing that was altered is trusted.
@Suite struct DamagedMetadataTests {
    private func sample() -> SampleRepository {
        var repository = SampleRepository()
        repository.targets.targets["x"] = TargetFile(content: [1], custom: .object(["role": .string("orders")]))
        repository.delegate(to: "a", coverage: .hashPrefixes(["0", "f"]))
        repository.delegate(to: "b")
        return repository
    }

    @Test func `a flipped bit never crashes, and what is signed never changes`() throws {
        let repository = sample()
        var random = SeededGenerator(seed: 1)
        var client = try repository.client()
        for role in ["root", "timestamp", "snapshot", "targets"] {
            let good = try repository.file(role)
            for _ in 0..<600 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                        1 << UInt8.random(in: 0..<8, using: &random)
                }
                let cut = Bool.random(using: &random) ? bytes.count : Int.random(in: 0..<bytes.count, using: &random)
                expectNothingForeign(Array(bytes.prefix(cut)), in: role, of: repository, client)
            }
            switch role {
            case "timestamp": _ = try client.updateTimestamp(good)
            case "snapshot": try client.updateSnapshot(good)
            default: break
            }
        }
    }

    /// The file is refused, or says what was signed. `client` has what comes before `role`.
    private func expectNothingForeign(
        _ bytes: [UInt8], in role: String, of repository: SampleRepository, _ client: TrustedMetadataSet
    ) {
        var client = client
        switch role {
        case "root":
            if let set = try? TrustedMetadataSet(trustedRoot: bytes, now: SampleRepository.now) {
                #expect(set.root.roles["root"]?.keyids == repository.root.roles["root"]?.keyids)
            }
            _ = try? client.updateRoot(bytes)
            #expect(client.root == repository.root)
        case "timestamp":
            if (try? client.updateTimestamp(bytes)) == true { #expect(client.timestamp == repository.timestamp) }
        case "snapshot":
            if (try? client.updateSnapshot(bytes)) != nil { #expect(client.snapshot == repository.snapshot) }
        default:
            if (try? client.updateTargets(bytes)) != nil {
                #expect(client.targets("targets", by: "root") == repository.targets)
            }
        }
    }

    @Test func `random bytes and random JSON are refused in words`() throws {
        var random = SeededGenerator(seed: 2)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"signed\"", "\"signatures\"", "\"_type\"", "\"root\"", "1", "-0", "true",
            "null",
            "\"\\u0041\"", " ", "\"keys\"", "\"roles\"",
        ].map { Array($0.utf8) }
        for round in 0..<4_000 {
            let bytes =
                round % 2 == 0
                ? random.bytes(Int.random(in: 0..<200, using: &random))
                : (0..<Int.random(in: 0..<60, using: &random)).flatMap { _ in pieces.randomElement(using: &random) ?? []
                }
            #expect {
                try SignedMetadata<TargetsMetadata>(bytes, file: "targets.json")
            } throws: { error in
                (error as? MetadataError)?.description.contains("targets.json") == true
            }
        }
    }

    @Test func `whatever answers a client gets, it comes to an end`() throws {
        let repository = sample()
        let files = try ["root", "timestamp", "snapshot", "targets", "a", "b"].map { try repository.file($0) }
        var random = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            var client = RepositoryClient(
                now: SampleRepository.now, source: Bool.random(using: &random) ? .repository : .store)
            var steps = 0
            var searches = 0
            while steps < 400 {
                steps += 1
                switch client.step {
                case .read(role: "root"): client.take(files[0])
                case .read, .fetch: client.take(Bool.random(using: &random) ? files.randomElement(using: &random) : nil)
                case .store, .remove: client.proceed()
                case .done, .refused:
                    searches += 1
                    if searches > 3 { steps = 1_000 }
                    client.find("x\(searches)")
                }
            }
            #expect(steps == 1_000, "it goes on for ever")
        }
    }

    @Test func `a file is read from what it is written as`() throws {
        let repository = sample()
        let bytes = try repository.file("targets")
        let file = try SignedMetadata<TargetsMetadata>(bytes, file: "targets.json")
        #expect(file.body == repository.targets)
        #expect(file.encoded() == bytes)
        #expect(SignedMetadata(file.body).encoded() == SignedMetadata(repository.targets).encoded())
    }
}
