import Central
import Credentials
import Foundation
import GateModel
import Testing
import TrustedFiles

@Suite struct ReleaseIssuerTests {
    private let number = "000000190001010017"

    /// The release as a gate of the same deployment opens it.
    private func opened(_ text: String, by scratch: Scratch) throws -> Release {
        let file = String(decoding: try scratch.content(scratch.directory.trustedKeyPath), as: UTF8.self)
        let raw = try #require(TrustedKey(text: file).flatMap { [UInt8](hex: $0.text) })
        return try Release.open(
            text, trusted: [try #require(COSEPublicKey(ed25519: raw))], deployment: "demo", keyEpoch: 1)
    }

    @Test func `a release is for the holder of the document, the order and the hours that were named`() throws {
        let scratch = try Scratch()
        let issuer = try ReleaseIssuer(directory: scratch.directory)
        let order = try #require(OrderReference(4711))
        let issued = try issuer.issue(
            document: number, order: order, hours: 2, by: "Wang", because: "free", acceptPlaceholders: true, at: now)
        let release = try opened(issued.text, by: scratch)
        #expect(release == issued.release)
        let key = try DeploymentKey(
            hex: String(decoding: try scratch.content(scratch.directory.deploymentKeyPath), as: UTF8.self), epoch: 1)
        let credential = try Credential(number, today: nil, rules: .init(acceptPlaceholders: true))
        #expect(release.subject == key.subjectToken(of: credential))
        #expect(release.order == order)
        #expect(release.issued == now)
        #expect(
            release.isValid(at: now.advanced(bySeconds: -300)) && release.isValid(at: now.advanced(bySeconds: 7199)))
        #expect(
            !release.isValid(at: now.advanced(bySeconds: -301)) && !release.isValid(at: now.advanced(bySeconds: 7200)))
        let another = try issuer.issue(
            document: number, order: order, hours: 2, by: "Wang", because: "free", acceptPlaceholders: true, at: now)
        #expect(another.release.id != release.id)
        #expect(!issued.text.contains(number))
        // A named event of each, without the person.
        let kept = try Publisher(directory: scratch.directory).releases()
        #expect(
            kept.count == 2 && kept.allSatisfy { $0.operator == "Wang" && $0.because == "free" && $0.order == 4711 })
    }

    @Test func `a release of 24 hours is no longer than a release may be`() throws {
        let scratch = try Scratch()
        let order = try #require(OrderReference(1))
        let issued = try ReleaseIssuer(directory: scratch.directory).issue(
            document: number, order: order, hours: 24, by: "Wang", because: "free", acceptPlaceholders: true, at: now)
        let release = issued.release
        #expect(release.expires.seconds(since: release.notBefore) == Release.longestSeconds)
        #expect(release.expires == now.advanced(bySeconds: 86_400 - 300))
    }

    @Test func `what cannot be released is refused with words, and without the number`() throws {
        let scratch = try Scratch()
        let issuer = try ReleaseIssuer(directory: scratch.directory)
        let order = try #require(OrderReference(1))
        for (document, hours, placeholders) in [
            (number, 2, false), ("000000190001010018", 2, true), ("x", 2, true), (number, 0, true), (number, 25, true),
            (number, .max, true),
        ] {
            let error = #expect(throws: CentralError.self) {
                try issuer.issue(
                    document: document, order: order, hours: hours, by: "Wang", because: "free",
                    acceptPlaceholders: placeholders, at: now)
            }
            #expect(error.map { $0.description.utf8.count > 20 } == true)
            #expect(error?.description.contains("00000019") == false)
        }
    }

    @Test func `a deployment whose name no gate can have issues none`() throws {
        let directory = DataDirectory(path: NSTemporaryDirectory() + "central-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        _ = try directory.create(deployment: "a town", keyEpoch: 1)
        let error = #expect(throws: CentralError.self) {
            try ReleaseIssuer(directory: directory).issue(
                document: number, order: try #require(OrderReference(1)), hours: 1, by: "Wang", because: "free",
                acceptPlaceholders: true, at: now)
        }
        #expect(error?.description.contains("a deployment that no gate can have") == true)
    }
}
