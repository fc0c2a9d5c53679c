/// A file that somebody has signed for.
public struct NamedFile: Hashable, Sendable, Codable {
    /// As a target: its path where the targets are.
    public let name: String
    /// In bytes.
    public let size: UInt64
    /// 64 lower-case hexadecimal digits.
    public let sha256: String

    public init(name: String, size: UInt64, sha256: String) {
        self.name = name
        self.size = size
        self.sha256 = sha256
    }

    /// Describes a file that is in memory.
    public init(name: String, content: [UInt8]) {
        self.init(name: name, size: UInt64(content.count), sha256: FileDigests.sha256(of: content))
    }

    /// Throws if the metadata names no SHA-256 of 64 lower-case hexadecimal digits: our publisher always does.
    public init(_ target: FoundTarget) throws(MetadataError) {
        guard let sha256 = target.file.hashes["sha256"], let digest = Hex.bytes(sha256, count: 32),
            Hex.text(digest) == sha256
        else { throw .noKnownDigest(file: target.name) }
        self.init(name: target.name, size: UInt64(clamping: target.file.length), sha256: sha256)
    }
}
