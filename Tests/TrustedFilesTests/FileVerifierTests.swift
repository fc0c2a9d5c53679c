import Foundation
import Testing
import TrustedFiles

@Suite struct FileVerifierTests {
    private let content = [UInt8]((0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) })

    private var file: NamedFile { NamedFile(name: "orders.book", content: content) }

    @Test(arguments: [1, 7, 999, 1_000, 5_000]) func `the announced bytes are taken in any pieces`(size: Int) throws {
        var verifier = FileVerifier(expecting: file)
        for start in stride(from: 0, to: content.count, by: size) {
            try verifier.update(content[start..<min(start + size, content.count)])
        }
        try verifier.finish()
        #expect(verifier.received == 1_000)
    }

    @Test func `a file that ends early is refused`() throws {
        var verifier = FileVerifier(expecting: file)
        try verifier.update(content.dropLast())
        #expect(throws: FileError.truncated(name: "orders.book", expected: 1_000, actual: 999)) {
            try verifier.finish()
        }
    }

    @Test func `a file that goes on is refused at the first byte too many`() throws {
        var verifier = FileVerifier(expecting: file)
        try verifier.update(content)
        #expect(throws: FileError.oversized(name: "orders.book", expected: 1_000)) { try verifier.update([0]) }
    }

    @Test func `a changed file is refused`() throws {
        var verifier = FileVerifier(expecting: file)
        var changed = content
        changed[500] ^= 1
        try verifier.update(changed)
        #expect(throws: FileError.digestMismatch(name: "orders.book")) { try verifier.finish() }
    }

    @Test func `an empty file is a file`() throws {
        try FileVerifier(expecting: NamedFile(name: "a", content: [])).finish()
    }
}
