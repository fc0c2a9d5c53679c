import FoundationEssentials

/// What an authority publishes at one time: which files there are, and what exactly they contain.
///
/// It travels in a ``SignedEnvelope``; the files beside it are trusted because it names their digests.
public struct Manifest: Hashable, Sendable, Codable {
    public static let payloadType = "application/vnd.gatehouse.manifest.v1+json"

    /// What a file is for.
    public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        case orders
        case mandate
    }

    /// One published file.
    public struct File: Hashable, Sendable, Codable {
        public let role: Role
        /// Letters, digits, `.`, `-` and `_`, not beginning with a dot; at most 128 characters.
        public let name: String
        /// In bytes.
        public let size: UInt64
        /// 64 lower-case hexadecimal digits.
        public let sha256: String

        public init(role: Role, name: String, size: UInt64, sha256: String) {
            self.role = role
            self.name = name
            self.size = size
            self.sha256 = sha256
        }

        /// Describes a file that is in memory.
        public init(role: Role, name: String, content: [UInt8]) {
            self.init(
                role: role, name: name, size: UInt64(content.count), sha256: FileVerifier.hexDigest(of: content))
        }
    }

    /// Counts up with each publication.
    public let version: UInt64
    /// Which deployment it is for.
    public let deployment: String
    /// When it was made, in seconds since 1970.
    public let created: Int64
    /// At most one for each role.
    public let files: [File]

    /// Throws ``TrustError`` when there is a file that no reader would take.
    public init(version: UInt64, deployment: String, created: Int64, files: [File]) throws(TrustError) {
        self.version = version
        self.deployment = deployment
        self.created = created
        self.files = files
        try check()
    }

    /// The file with `role`, if one is published.
    public func file(_ role: Role) -> File? { files.first { $0.role == role } }

    /// The signed envelope as a file.
    public func sealed(with key: PublisherKey) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let payload = Array(try encoder.encode(self))
        return try SignedEnvelope(signing: payload, as: Self.payloadType, with: key).json()
    }

    /// Checks a signed manifest and reads it.
    ///
    /// - Parameters:
    ///   - envelopeBytes: the file as it was fetched.
    ///   - trusted: the authority's key, known beforehand.
    ///   - deployment: which deployment this gate belongs to.
    ///   - notOlderThan: the version in force, `nil` if there is none. The same version is taken again.
    public static func open(
        envelopeBytes: [UInt8], trusted: TrustedKey, deployment: String, notOlderThan: UInt64?
    ) throws(TrustError) -> Manifest {
        let payload = try SignedEnvelope(json: envelopeBytes).open(as: payloadType, trusted: trusted)
        let manifest: Manifest
        do {
            manifest = try JSONDecoder().decode(Manifest.self, from: Data(payload))
        } catch {
            throw .unknownFormat(detail: "its content is not a manifest of version 1")
        }
        try manifest.check()
        guard manifest.deployment == deployment else {
            throw .foreignDeployment(expected: deployment, found: manifest.deployment)
        }
        if let inForce = notOlderThan, manifest.version < inForce {
            throw .rollback(inForce: inForce, found: manifest.version)
        }
        return manifest
    }

    private func check() throws(TrustError) {
        var roles: Set<Role> = []
        for file in files {
            guard roles.insert(file.role).inserted else { throw .duplicateRole(file.role) }
            // The name becomes part of a path and of a URL.
            guard !file.name.isEmpty, file.name.utf8.count <= 128, !file.name.hasPrefix("."),
                file.name.utf8.allSatisfy(Self.isAllowedInName)
            else { throw .unsafeName(role: file.role) }
            guard let digest = Hex.bytes(file.sha256, count: 32), Hex.text(digest) == file.sha256 else {
                throw .unknownFormat(detail: "the digest of \(file.name) is not 64 lower-case hexadecimal digits")
            }
        }
    }

    private static func isAllowedInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
