import Testing
import TrustedFiles

/// 5.7.3
@Suite struct TargetVerifierTests {
    private func target(_ file: TargetFile) throws -> FoundTarget {
        var world = ClientWorld()
        world.repository.targets.targets["x"] = file
        try world.update()
        try world.find("x")
        return try #require(world.client?.found)
    }

    private let content: [UInt8] = Array("some content".utf8)

    @Test func `5.7.3 a target in pieces is right when length and digest are`() throws {
        var verifier = TargetVerifier(try target(TargetFile(content: content)))
        try verifier.update(content.prefix(3))
        #expect(throws: MetadataError.wrongLength(file: "x", expected: 12, found: 3)) { try verifier.finish() }
        try verifier.update(content.dropFirst(3))
        try verifier.finish()
        #expect(throws: MetadataError.tooLong(file: "x", limit: 12)) { try verifier.update([0]) }
    }

    @Test(arguments: [1, 7, 11, 12, 5_000]) func `a file that is stored is taken in any pieces`(size: Int) throws {
        let file = NamedFile(name: "x", content: content)
        func verifier(of content: [UInt8]) throws -> TargetVerifier {
            var verifier = TargetVerifier(file)
            for start in stride(from: 0, to: content.count, by: size) {
                try verifier.update(content[start..<min(start + size, content.count)])
            }
            return verifier
        }
        try verifier(of: content).finish()
        var changed = content
        changed[5] ^= 1
        #expect(throws: MetadataError.wrongDigest(file: "x", algorithm: "sha256")) {
            try verifier(of: changed).finish()
        }
        #expect(throws: MetadataError.tooLong(file: "x", limit: 12)) { try verifier(of: content + [0]) }
        try TargetVerifier(NamedFile(name: "empty", content: [])).finish()
    }

    @Test func `5.7.3 every digest of a known kind has to match`() throws {
        let right = TargetFile(content: content).hashes
        for algorithm in ["sha384", "sha512"] {
            let hashes = right.merging([algorithm: "00"]) { first, _ in first }
            var verifier = TargetVerifier(try target(TargetFile(length: 12, hashes: hashes)))
            try verifier.update(content)
            #expect(throws: MetadataError.wrongDigest(file: "x", algorithm: algorithm)) { try verifier.finish() }
        }
        let unknown = right.merging(["md9": "00"]) { first, _ in first }
        var verifier = TargetVerifier(try target(TargetFile(length: 12, hashes: unknown)))
        try verifier.update(content)
        try verifier.finish()
    }

    @Test func `5.7.3 a target with digests of unknown kinds only is not fetched`() throws {
        var world = ClientWorld()
        world.repository.targets.targets["x"] = TargetFile(length: 1, hashes: ["md9": "00"])
        try world.update()
        try world.find("x")
        #expect(world.refusal == .noKnownDigest(file: "x"))
    }
}
