import TrustedFiles

extension FuzzTarget {
    static let repositories = [
        FuzzTarget("tuf-file", longestInput: 4096, seeds: { metadataFiles.map(delivered) }, run: metadataFile),
        FuzzTarget("tuf-signed", longestInput: 4096, seeds: { metadataBodies.map(delivered) }, run: signedBody),
        FuzzTarget("tuf-pattern", longestInput: 256) { input in
            let parts = input.text.split(separator: "\n", maxSplits: 1).map(String.init)
            guard let path = parts.first, let pattern = parts.last else { return }
            _ = PathPattern.matches(path, pattern)
            // By scalars: a mark that combines with a bracket makes another character of it.
            expect(
                path.unicodeScalars.contains("[") || PathPattern.matches(path, path),
                "a path without brackets matches itself")
        },
    ]

    private static let end: Int64 = 1_893_456_000

    /// The same in every run.
    private static let repositoryKey = PublisherKey(secretText: String(repeating: "2", count: 64)) ?? PublisherKey()

    /// A file of arbitrary content, taken for each of the four roles.
    private static func metadataFile(_ input: FuzzInput) {
        expectKept(RootMetadata.self, input.payload)
        expectKept(TimestampMetadata.self, input.payload)
        expectKept(SnapshotMetadata.self, input.payload)
        expectKept(TargetsMetadata.self, input.payload)
        _ = try? TrustedMetadataSet(trustedRoot: input.payload, now: end - 1)
    }

    private static func expectKept<Body: MetadataBody>(_: Body.Type, _ bytes: [UInt8]) {
        guard let file = try? SignedMetadata<Body>(bytes, file: "f") else { return }
        let again = try? SignedMetadata<Body>(file.encoded(), file: "f")
        expect(again == file, "a file is read from what it is written as")
        let rebuilt = try? SignedMetadata<Body>(SignedMetadata(file.body).encoded(), file: "f")
        expect(rebuilt?.body == file.body, "what a file says survives")
    }

    /// What is signed, of arbitrary content and with a good signature: a client follows it to the end.
    private static func signedBody(_ input: FuzzInput) {
        guard let root = metadataFiles.first else { return }
        var client = RepositoryClient(now: end - 1)
        var searches = 0
        for _ in 0..<200 {
            switch client.step {
            case .read(role: "root"): client.take(root)
            case .read: client.take(nil)
            case .fetch(let request):
                let isRoot = request.path.hasSuffix(".root.json")
                client.take(isRoot ? nil : answer(input, to: request.path))
            case .store, .remove: client.proceed()
            case .done, .refused:
                searches += 1
                guard searches < 3 else { return }
                client.find("dir/file\(searches)")
            }
        }
        expect(false, "an update comes to an end")
    }

    /// The fuzzer's body in the place that its choice says, and good files in the others.
    private static func answer(_ input: FuzzInput, to path: String) -> [UInt8]? {
        let places = ["timestamp.json", "1.snapshot.json", "1.targets.json"]
        guard let index = places.firstIndex(of: path) else { return signed(input.payload) }
        return Int(input.choice) % 3 == index ? signed(input.payload) : metadataFiles[index + 1]
    }

    private static func signed(_ body: [UInt8]) -> [UInt8]? {
        let text = #"{"signatures":[],"signed":"# + String(decoding: body, as: UTF8.self) + "}"
        let bytes = Array(text.utf8)
        if var file = try? SignedMetadata<TimestampMetadata>(bytes, file: "f") { return encoded(&file) }
        if var file = try? SignedMetadata<SnapshotMetadata>(bytes, file: "f") { return encoded(&file) }
        if var file = try? SignedMetadata<TargetsMetadata>(bytes, file: "f") { return encoded(&file) }
        return bytes
    }

    private static func encoded<Body: MetadataBody>(_ file: inout SignedMetadata<Body>) -> [UInt8] {
        try? file.sign(with: repositoryKey)
        return file.encoded()
    }

    private static let header = MetadataHeader(version: 1, expires: end)

    private static var root: RootMetadata {
        let signers = (keys: [repositoryKey.trusted], threshold: Int64(1))
        return RootMetadata(
            header: header, signers: Dictionary(uniqueKeysWithValues: RootMetadata.roleNames.map { ($0, signers) }))
    }

    private static var targets: TargetsMetadata {
        let key = MetadataKey(repositoryKey.trusted)
        let signers = RoleKeys(keyids: [key.keyid])
        let roles = [
            DelegatedRole(name: "a", signers: signers, coverage: .paths(["dir/*", "[a-c]?"])),
            DelegatedRole(name: "b", signers: signers, isTerminating: true, coverage: .hashPrefixes(["0", "f"])),
        ]
        return TargetsMetadata(
            header: header, targets: ["x": TargetFile(content: [1])],
            delegations: Delegations(keys: [key.keyid: key], roles: .listed(roles)))
    }

    /// Root, timestamp, snapshot, targets.
    private static let metadataFiles: [[UInt8]] = {
        var root = SignedMetadata(Self.root)
        var timestamp = SignedMetadata(TimestampMetadata(header: header, snapshot: MetaFile(version: 1)))
        var snapshot = SignedMetadata(
            SnapshotMetadata(
                header: header,
                meta: Dictionary(
                    uniqueKeysWithValues: ["targets", "a", "b"].map { ("\($0).json", MetaFile(version: 1)) })))
        var targets = SignedMetadata(Self.targets)
        return [encoded(&root), encoded(&timestamp), encoded(&snapshot), encoded(&targets)]
    }()

    private static var metadataBodies: [[UInt8]] {
        [
            TimestampMetadata(header: header, snapshot: MetaFile(version: 1)).json.json,
            SnapshotMetadata(header: header, meta: ["targets.json": MetaFile(version: 1)]).json.json,
            targets.json.json,
        ]
    }

    /// With a header that delivers it at once.
    private static func delivered(_ file: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: 8) + file }
}
