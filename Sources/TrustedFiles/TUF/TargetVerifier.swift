import Crypto
public import FoundationEssentials

/// 5.7.3: checks a target while it arrives or is read, piece by piece.
public struct TargetVerifier: Sendable {
    private let name: String
    private let length: Int64
    private var hashes: [any HashFunction & Sendable] = []
    private var expected: [(algorithm: String, digest: String)] = []
    /// How many bytes have arrived.
    public private(set) var received: Int64 = 0

    public init(_ target: FoundTarget) { self.init(name: target.name, target.file) }

    public init(_ file: NamedFile) {
        self.init(name: file.name, TargetFile(length: Int64(clamping: file.size), hashes: ["sha256": file.sha256]))
    }

    private init(name: String, _ file: TargetFile) {
        self.name = name
        length = file.length
        for algorithm in FileDigests.known {
            guard let digest = file.hashes[algorithm] else { continue }
            switch algorithm {
            case "sha256": hashes.append(SHA256())
            case "sha384": hashes.append(SHA384())
            case "sha512": hashes.append(SHA512())
            default: continue
            }
            expected.append((algorithm, digest))
        }
    }

    /// Takes the next piece. Throws as soon as there is more than announced.
    public mutating func update(_ piece: some DataProtocol) throws(MetadataError) {
        let (sum, overflow) = received.addingReportingOverflow(Int64(piece.count))
        guard !overflow, sum <= length else { throw .tooLong(file: name, limit: Int(clamping: length)) }
        received = sum
        for index in hashes.indices { hashes[index].update(data: piece) }
    }

    /// Throws unless exactly the announced bytes have arrived.
    public func finish() throws(MetadataError) {
        guard received == length else { throw .wrongLength(file: name, expected: length, found: received) }
        guard !hashes.isEmpty else { throw .noKnownDigest(file: name) }
        for (hash, expected) in zip(hashes, expected) where Self.text(hash) != expected.digest {
            throw .wrongDigest(file: name, algorithm: expected.algorithm)
        }
    }

    private static func text(_ hash: some HashFunction) -> String { Hex.text(Array(hash.finalize())) }
}
