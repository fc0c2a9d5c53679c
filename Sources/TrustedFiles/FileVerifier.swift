import Crypto
public import FoundationEssentials

/// Checks a file against what was signed for while it arrives, piece by piece.
public struct FileVerifier: Sendable {
    private let expected: NamedFile
    private var hasher = SHA256()
    /// How many bytes have arrived.
    public private(set) var received: UInt64 = 0

    public init(expecting file: NamedFile) { expected = file }

    /// Takes the next piece. Throws ``FileError/oversized(name:expected:)`` as soon as there is more than announced.
    public mutating func update(_ piece: some DataProtocol) throws(FileError) {
        let (sum, overflow) = received.addingReportingOverflow(UInt64(piece.count))
        guard !overflow, sum <= expected.size else { throw .oversized(name: expected.name, expected: expected.size) }
        received = sum
        hasher.update(data: piece)
    }

    /// Throws unless exactly the announced bytes have arrived.
    public func finish() throws(FileError) {
        guard received == expected.size else {
            throw .truncated(name: expected.name, expected: expected.size, actual: received)
        }
        guard Hex.text(hasher.finalize()) == expected.sha256 else { throw .digestMismatch(name: expected.name) }
    }

    /// SHA-256 in lower-case hexadecimal digits.
    public static func hexDigest(of content: [UInt8]) -> String { Hex.text(SHA256.hash(data: content)) }
}
