import Central
import Foundation
import GateModel
import Orders
import Testing
import TrustedFiles

@Suite struct PublishTests {
    let scratch: Scratch
    let publisher: Publisher

    init() throws {
        scratch = try Scratch()
        publisher = try Publisher(directory: scratch.directory)
    }

    private let header = "document,kind,tier,reason,issued,ends,household,order\n"
    private let good = """
        000000190001010017,isolation,,confirmed-case,2023-11-10,2023-11-20,block 4 flat 2,1001
        000000190001010025,exposure,3,close-contact,2023-11-10,2023-11-20,block 4 flat 2,1002

        """
    private let bad = "000000190001010018,isolation,,confirmed-case,2023-11-10,2023-11-20,block 4 flat 3,1003\n"

    private func publishOrders(_ csv: String, strict: Bool = false) throws -> ImportSummary {
        try publisher.publishOrders(csv: Array(csv.utf8), at: now, strict: strict, acceptPlaceholders: true)
    }

    /// The manifest as a gate opens it.
    private func manifest() throws -> Manifest {
        let text = String(decoding: try scratch.content(scratch.directory.trustedKeyPath), as: UTF8.self)
        let trusted = try #require(TrustedKey(text: text))
        return try Manifest.open(
            envelopeBytes: try scratch.content(scratch.directory.manifestPath), trusted: trusted, deployment: "demo",
            notOlderThan: nil)
    }

    private func verifiedPath(_ role: Manifest.Role) throws -> String {
        let file = try #require(try manifest().file(role))
        let path = "\(scratch.directory.publicPath)/\(file.name)"
        var verifier = FileVerifier(expecting: file)
        try verifier.update(Data(try scratch.content(path)))
        try verifier.finish()
        return path
    }

    @Test func `orders are filed on cards and travel documents, too`() throws {
        let rows = """
            CARD/24/7BB26E,isolation,,confirmed-case,2023-11-10,2023-11-20,block 4 flat 2,1001
            MRZ/UTO/L898902C3,exposure,3,close-contact,2023-11-10,2023-11-20,block 4 flat 2,1002
            mrz/uto/l898902c3,exposure,3,close-contact,2023-11-10,2023-11-20,block 4 flat 2,1003

            """
        let summary = try publishOrders(header + rows)
        #expect(summary.accepted == 2)
        #expect(summary.rejected == [RejectedRow(line: 4, reason: .duplicate(ofLine: 3))])
    }

    @Test func `an imported list comes out as a signed order book`() throws {
        let summary = try publishOrders(header + good)
        #expect(summary.listVersion == 1)
        #expect(summary.accepted == 2)
        #expect(summary.rejected.isEmpty)

        let book = try OrderBook(mapping: MappedFile(path: try verifiedPath(.orders)))
        #expect(book.listVersion == 1)
        #expect(book.created == now)
        #expect(book.keyEpoch == 1)
        var orders: [Order] = []
        book.forEachOrder { _, order in orders.append(order) }
        #expect(Set(orders.map(\.reference.rawValue)) == [1001, 1002])
        #expect(Set(orders.map(\.household)).count == 1)
    }

    @Test func `every import replaces the whole list under the next version`() throws {
        _ = try publishOrders(header + good)
        #expect(try publishOrders(header).listVersion == 2)
        let book = try OrderBook(mapping: MappedFile(path: try verifiedPath(.orders)))
        #expect(book.count == 0)
        #expect(try manifest().version == 2)
    }

    @Test func `rejected rows are told by line and never by content`() throws {
        let summary = try publishOrders(header + bad + good)
        #expect(summary.listVersion == 1)
        #expect(summary.accepted == 2)
        #expect(summary.rejected.map(\.line) == [2])
        #expect(summary.rejectedLines.first?.hasPrefix("line 2: ") == true)
        #expect(!summary.json().contains("000000190001010018"))
        #expect(summary.json().contains(#""published":true"#))
    }

    @Test func `a strict import with a rejected row publishes nothing`() throws {
        _ = try publishOrders(header + good)
        let before = try scratch.content(scratch.directory.manifestPath)
        let summary = try publishOrders(header + good + bad, strict: true)
        #expect(summary.listVersion == nil)
        #expect(summary.json().contains(#""published":false"#))
        #expect(try scratch.content(scratch.directory.manifestPath) == before)
        #expect(try publishOrders(header + good, strict: true).listVersion == 2)
    }

    @Test func `placeholders are refused unless they are asked for`() throws {
        let summary = try publisher.publishOrders(
            csv: Array((header + good).utf8), at: now, strict: false, acceptPlaceholders: false)
        #expect(summary.accepted == 0)
        #expect(summary.rejected.count == 2)
    }

    @Test func `a file that is no list is refused`() throws {
        #expect(throws: CentralError.self) { try publishOrders("") }
        #expect(throws: CentralError.self) { try publishOrders("document,kind,ethnicity\n") }
        #expect(!FileManager.default.fileExists(atPath: scratch.directory.manifestPath))
    }

    @Test func `a mandate stands beside the list in the manifest`() throws {
        _ = try publishOrders(header + good)
        let until = try publisher.publishMandate(
            reference: "M-1", legalBasis: "Act 1", area: "North", days: 90, at: now)
        #expect(until == now.advanced(bySeconds: 90 * 86_400))
        let mandate = try Mandate(json: try scratch.content(try verifiedPath(.mandate)))
        #expect(mandate.isValid(at: now))
        #expect(mandate.area == "North")
        #expect(try manifest().files.count == 2)
        #expect(try manifest().version == 2)
        #expect(try publishOrders(header + good).listVersion == 2)
    }

    @Test(arguments: [-1, 0, 91, Int.max, Int.min])
    func `a mandate of no or too many days is refused`(days: Int) throws {
        #expect(throws: CentralError.self) {
            try publisher.publishMandate(reference: "M-1", legalBasis: "Act 1", area: "North", days: days, at: now)
        }
    }

    @Test func `only the last two lists are kept`() throws {
        for _ in 0..<4 { _ = try publishOrders(header + good) }
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.directory.publicPath)
        #expect(Set(names) == ["manifest.json", "orders-3.ghob", "orders-4.ghob"])
    }

    @Test func `versions never go back, even if the published files are lost`() throws {
        _ = try publishOrders(header + good)
        try FileManager.default.removeItem(atPath: scratch.directory.manifestPath)
        #expect(try publishOrders(header + good).listVersion == 2)
        #expect(try manifest().version == 2)
    }

    @Test func `publishers at once get different versions`() async throws {
        let csv = Array((header + good).utf8)
        let directory = scratch.directory
        let versions = try await withThrowingTaskGroup(of: UInt64?.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try Publisher(directory: directory).publishOrders(
                        csv: csv, at: now, strict: true, acceptPlaceholders: true
                    ).listVersion
                }
            }
            return try await group.reduce(into: Set<UInt64?>()) { $0.insert($1) }
        }
        #expect(versions == [1, 2, 3, 4])
        #expect(try manifest().version == 4)
        _ = try verifiedPath(.orders)
    }

    @Test func `keys are for the service's eyes only and are never made twice`() throws {
        let directory = scratch.directory
        for path in [directory.publisherKeyPath, directory.deploymentKeyPath, directory.databasePath] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
        #expect(throws: CentralError.alreadyCreated(path: directory.path)) {
            try directory.create(deployment: "demo", keyEpoch: 1)
        }
        let missing = DataDirectory(path: directory.path + "/none")
        #expect(throws: CentralError.notCreated(path: missing.path)) { try missing.openStore() }
    }
}
