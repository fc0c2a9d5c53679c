import Foundation
import TestPrograms
import Testing

/// What the real `gatehouse-central` publishes is read by python-tuf's own client, and by `gatehouse-tuf`.
@Suite(.serialized)
struct CentralRepositoryTests {
    @Test(.timeLimit(.minutes(2)))
    func `python-tuf takes mandate, book and delta as the central service publishes them`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tuf-central-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let data = folder.appending(path: "central").path
        func central(_ arguments: String...) async throws {
            let outcome = try await Program.run("gatehouse-central", arguments + ["--data", data])
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        try await central("init", "--deployment", "test-town")
        try await central("mandate", "--reference", "T-1", "--legal-basis", "test", "--area", "test", "--days", "3")
        let end = Date(timeIntervalSinceNow: 5 * 86_400).ISO8601Format().prefix(10)
        try await central(
            "orders", "add", "--document", "000000190001010017", "--kind", "exposure", "--tier", "2", "--reason",
            "close-contact", "--ends", "\(end)", "--household", "H-1", "--order", "7", "--accept-placeholders")
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "metadata"), withDestinationURL: URL(filePath: "\(data)/public/metadata"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "targets"), withDestinationURL: URL(filePath: "\(data)/public/targets"))
        try FileManager.default.copyItem(
            at: URL(filePath: "\(data)/root.json"), to: folder.appending(path: "root.json"))

        for (name, beginning) in [
            ("mandate.json", #"{"area":"test""#), ("orders/bulk/1.book", "GHORDERS"), ("orders/1-2.delta", "GHDELTAS"),
        ] {
            let outcome = try await Peer.run("published.py", [folder.path, name])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.lines.first?.contains("snapshot.json") == true)
            #expect(outcome.lines.dropFirst().first?.hasPrefix(beginning) == true, "\(outcome.lines)")
        }
    }
}
