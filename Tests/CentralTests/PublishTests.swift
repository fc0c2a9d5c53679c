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
        try publisher.importOrders(
            csv: Array(csv.utf8), by: "Wang", at: now, strict: strict, acceptPlaceholders: true)
    }

    private func published() throws -> PublishedFiles { try PublishedFiles(scratch) }

    private func timestamp() throws -> [UInt8] {
        try scratch.content(scratch.directory.metadataPath + "/timestamp.json")
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

    @Test func `a new centre publishes an empty list, signed by two`() throws {
        let list = try published().list()
        #expect(list.listVersion == 1)
        #expect(list.count == 0)
        #expect(try publisher.history().map(\.isBase) == [true])
    }

    @Test func `an imported list comes out as a signed delta`() throws {
        let summary = try publishOrders(header + good)
        #expect(summary.listVersion == 2)
        #expect(summary.accepted == 2)
        #expect(summary.rejected.isEmpty)

        let list = try published().list()
        #expect(list.listVersion == 2)
        #expect(list.created == now)
        #expect(list.base.keyEpoch == 1)
        #expect(list.references == [1001, 1002])
        var orders: [Order] = []
        list.forEachOrder { _, order in orders.append(order) }
        #expect(Set(orders.map(\.household)).count == 1)
    }

    @Test func `every import makes the list what it says, under the next version`() throws {
        _ = try publishOrders(header + good)
        #expect(try publishOrders(header + good).listVersion == 2, "nothing has changed")
        #expect(try publishOrders(header).listVersion == 3)
        #expect(try published().list().count == 0)
        #expect(try published().list().listVersion == 3)
    }

    @Test func `principle 5: what two people have not allowed needs the second signature`() throws {
        func csv(_ count: Int) -> String {
            header
                + (0..<count).map { index in
                    "CARD/24/\(String(index + 0x100000, radix: 16).uppercased()),isolation,,confirmed-case,2023-11-10,2023-11-20,flat \(index),\(index + 1)\n"
                }.joined()
        }
        #expect(try publishOrders(csv(1000)).listVersion == 2)
        #expect(throws: CentralError.needsApproval(added: 1001, allowed: 1000)) { try publishOrders(csv(1001)) }
        #expect(try published().list().listVersion == 2)
        let second = try DataDirectory.key(path: scratch.directory.keysPath + "/orders-bulk-2.key")
        // The own key of the centre does not do as the second.
        let own = try DataDirectory.key(path: scratch.directory.keysPath + "/orders-bulk-1.key")
        #expect(try publisher.approve(by: "Li", with: second, at: now) == 3)
        #expect(try published().orders().names.contains(.book(3)))
        #expect(try publishOrders(csv(1001)).listVersion == 4)
        let large = try publisher.importOrders(
            csv: Array(csv(2500).utf8), by: "Wang", at: now, approval: second, strict: true, acceptPlaceholders: true)
        #expect(large.listVersion == 5)
        #expect(try published().list().count == 2500)
        #expect(throws: CentralError.self) { try publisher.approve(by: "Li", with: own, at: now) }
        #expect(try published().list().listVersion == 5)
    }

    @Test func `principle 10: a correction takes the order off the list, under a name and for a reason`() throws {
        _ = try publishOrders(header + good)
        let before = try published()
        let list = try before.list()
        let reference = try #require(OrderReference(1002))
        let version = try publisher.lift(
            .order(reference), by: "Wang", because: "wrong person", at: now, acceptPlaceholders: false)
        #expect(version == 3)
        // A gate that had the version before fetches one small file.
        let after = try published()
        let route = try #require(try after.orders().route(base: 1, inForce: 2))
        #expect(route.deltas == [.delta(from: 2, to: 3)])
        let corrected = try after.follow(route, from: list)
        #expect(corrected.references == [1001])
        #expect(try after.list().references == [1001])
        let act = try #require(try publisher.history().first?.act)
        #expect(act == ListAct(.lift, operator: "Wang", because: "wrong person"))
        #expect(throws: CentralError.noSuchOrder) {
            try publisher.lift(.order(reference), by: "Wang", because: "x", at: now, acceptPlaceholders: false)
        }
        #expect(throws: CentralError.self) {
            try publisher.lift(
                .document("000000190001010017"), by: " ", because: "x", at: now, acceptPlaceholders: true)
        }
        #expect(
            try publisher.lift(
                .document("000000190001010017"), by: "Wang", because: "over", at: now, acceptPlaceholders: true) == 4)
        #expect(try published().list().count == 0)
    }

    @Test func `an added order stands beside the others, and in place of the person's own`() throws {
        _ = try publishOrders(header + good)
        let row = "000000190001010017,exposure,2,close-contact,2023-11-10,2023-11-21,block 4 flat 2,1009\n"
        let summary = try publisher.addOrders(
            csv: Array((header + row).utf8), by: "Wang", at: now, acceptPlaceholders: true)
        #expect(summary.listVersion == 3)
        #expect(try published().list().references == [1002, 1009])
        let wrong = try publisher.addOrders(
            csv: Array((header + bad).utf8), by: "Wang", at: now, acceptPlaceholders: true)
        #expect(wrong.listVersion == nil && wrong.rejected.count == 1)
    }

    @Test func `principle 8: ended orders leave the list without anybody saying so`() throws {
        _ = try publishOrders(header + good)
        let later = now.advanced(bySeconds: 20 * 86_400)
        let second = try DataDirectory.key(path: scratch.directory.keysPath + "/orders-bulk-2.key")
        _ = try publisher.approve(by: "Li", with: second, at: later)
        let list = try PublishedFiles(scratch, at: later).list()
        #expect(list.count == 0)
    }

    @Test func `from any version a gate comes to the list as it stands, and a merge to the signed book`() throws {
        let second = try DataDirectory.key(path: scratch.directory.keysPath + "/orders-bulk-2.key")
        var lists: [OrderList] = [try published().list()]
        for round in 1...70 {
            if round.isMultiple(of: 37) { _ = try publisher.approve(by: "Li", with: second, at: now) }
            if round.isMultiple(of: 5), let reference = OrderReference(UInt64(round - 2)) {
                _ = try publisher.lift(.order(reference), by: "Li", because: "over", at: now, acceptPlaceholders: true)
            } else {
                let row =
                    "CARD/24/\(String(round + 0x100000, radix: 16).uppercased()),isolation,,confirmed-case,2023-11-10,2023-11-20,flat \(round),\(round)\n"
                _ = try publisher.addOrders(
                    csv: Array((header + row).utf8), by: "Li", at: now, acceptPlaceholders: true)
            }
            lists.append(try published().list())
        }
        let end = try published()
        let newest = try #require(lists.last)
        for list in lists.dropLast() {
            let route = try #require(try end.orders().route(base: list.base.listVersion, inForce: list.listVersion))
            var start = list
            if route.book != nil {
                start = try end.list()
            } else {
                if route.start != list.listVersion { start = OrderList(list.base) }
                start = try end.follow(route, from: start)
            }
            #expect(start.listVersion == newest.listVersion)
            #expect(start.references == newest.references)
        }
    }

    @Test func `rejected rows are told by line and never by content`() throws {
        let summary = try publishOrders(header + bad + good)
        #expect(summary.listVersion == 2)
        #expect(summary.accepted == 2)
        #expect(summary.rejected.map(\.line) == [2])
        #expect(summary.rejectedLines.first?.hasPrefix("line 2: ") == true)
        #expect(!summary.json().contains("000000190001010018"))
        #expect(summary.json().contains(#""published":true"#))
    }

    @Test func `a strict import with a rejected row publishes nothing`() throws {
        _ = try publishOrders(header + good)
        let before = try timestamp()
        let summary = try publishOrders(header + good + bad, strict: true)
        #expect(summary.listVersion == nil)
        #expect(summary.json().contains(#""published":false"#))
        #expect(try timestamp() == before)
        #expect(try publishOrders(header, strict: true).listVersion == 3)
    }

    @Test func `placeholders are refused unless they are asked for`() throws {
        let summary = try publisher.importOrders(
            csv: Array((header + good).utf8), by: "Wang", at: now, strict: false, acceptPlaceholders: false)
        #expect(summary.accepted == 0)
        #expect(summary.rejected.count == 2)
    }

    @Test func `a file that is no list is refused`() throws {
        #expect(throws: CentralError.self) { try publishOrders("") }
        #expect(throws: CentralError.self) { try publishOrders("document,kind,ethnicity\n") }
        #expect(try published().list().listVersion == 1)
    }

    @Test func `a mandate stands beside the list`() throws {
        _ = try publishOrders(header + good)
        let until = try publisher.publishMandate(
            reference: "M-1", legalBasis: "Act 1", area: "North", days: 90, at: now)
        #expect(until == now.advanced(bySeconds: 90 * 86_400))
        let mandate = try published().mandate()
        #expect(mandate.isValid(at: now))
        #expect(mandate.area == "North")
        #expect(try published().list().listVersion == 2)
        _ = try publisher.publishMandate(reference: "M-2", legalBasis: "Act 1", area: "North", days: 1, at: now)
        #expect(try published().mandate().reference == "M-2")
    }

    @Test(arguments: [-1, 0, 91, Int.max, Int.min])
    func `a mandate of no or too many days is refused`(days: Int) throws {
        #expect(throws: CentralError.self) {
            try publisher.publishMandate(reference: "M-1", legalBasis: "Act 1", area: "North", days: days, at: now)
        }
    }

    @Test func `files that nothing leads through any more are removed after an hour`() throws {
        let folder = scratch.directory.targetsPath + "/orders"
        for round in 0..<40 {
            _ = try publishOrders(round.isMultiple(of: 2) ? header + good : header)
        }
        let second = try DataDirectory.key(path: scratch.directory.keysPath + "/orders-bulk-2.key")
        _ = try publisher.approve(by: "Li", with: second, at: now)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count > 30)
        // As after a crash between the file and its name.
        try Data("left".utf8).write(to: URL(filePath: "\(folder)/0123.50-51.delta.new"))
        _ = try publisher.importOrders(
            csv: Array((header + good).utf8), by: "Li", at: now.advanced(bySeconds: 3601), strict: true,
            acceptPlaceholders: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(names.map { $0.split(separator: ".").dropFirst().joined(separator: ".") }) == ["42-43.delta", ""])
    }

    @Test func `what is published says every minute when, and is signed anew before it expires`() throws {
        let first = try #require(try published().metadata.timestamp)
        #expect(first.header.unrecognized["issued"] == .integer(now.secondsSince1970))
        let later = now.advanced(bySeconds: 60)
        try publisher.publish(at: later)
        let second = try #require(try published().metadata.timestamp)
        #expect(second.header.version == first.header.version + 1)
        #expect(second.header.unrecognized["issued"] == .integer(later.secondsSince1970))
        #expect(second.snapshot == first.snapshot)
        // In time before each role expires all are signed anew, so that a gate of that day takes them.
        for days in stride(from: Int64(20), through: 800, by: 20) {
            let day = now.advanced(bySeconds: days * 86_400)
            try publisher.publish(at: day)
            #expect(throws: Never.self) {
                // The root is renewed by its own keys, which are not there.
                if days < 365 { _ = try PublishedFiles(scratch, at: day) }
            }
        }
    }

    @Test func `after a change with a clock that was ahead, a new book leads back to the time`() throws {
        _ = try publishOrders(header + good)
        let ahead = now.advanced(bySeconds: 100 * 86_400)
        let second = try DataDirectory.key(path: scratch.directory.keysPath + "/orders-bulk-2.key")
        let row = "000000190001010017,isolation,,confirmed-case,2024-02-21,2024-03-01,flat 2,9\n"
        _ = try publisher.addOrders(csv: Array((header + row).utf8), by: "Wang", at: ahead, acceptPlaceholders: true)
        #expect(throws: CentralError.clockBehind(now: now, last: ahead)) { try publishOrders(header + good) }
        let before = try published().list()
        #expect(try publisher.approve(by: "Li", with: second, at: now) == 4)
        #expect(try publishOrders(header + good).listVersion == 5)
        let after = try published()
        #expect(try after.list().references == [1001, 1002])
        // A gate that has the list of that time fetches the book.
        #expect(try after.orders().route(base: before.base.listVersion, inForce: before.listVersion)?.book == 4)
    }

    @Test func `who did what is kept, also after the list was signed for again`() throws {
        let second = try DataDirectory.key(path: scratch.directory.keysPath + "/orders-bulk-2.key")
        _ = try publishOrders(header + good)
        for _ in 0..<3 { _ = try publisher.approve(by: "Li", with: second, at: now) }
        #expect(try publisher.history().map(\.act.operator) == ["Li", "Li", "Li", "Wang", "init"])
        #expect(throws: CentralError.self) { try publisher.approve(by: " ", with: second, at: now) }
    }

    @Test func `an order number that two people have lifts neither`() throws {
        let rows = """
            000000190001010017,isolation,,confirmed-case,2023-11-10,2023-11-20,flat 2,7
            000000190001010025,isolation,,confirmed-case,2023-11-10,2023-11-20,flat 2,7

            """
        _ = try publishOrders(header + rows)
        let reference = try #require(OrderReference(7))
        #expect(throws: CentralError.self) {
            try publisher.lift(.order(reference), by: "Wang", because: "over", at: now, acceptPlaceholders: true)
        }
        #expect(try published().list().count == 2)
    }

    @Test func `a database that was put back publishes nothing over what is newer`() throws {
        let database = scratch.directory.databasePath
        _ = try publishOrders(header + good)
        let backup = try Scratch.copy(of: database)
        _ = try publishOrders(header)
        let before = try timestamp()
        let targets = try FileManager.default.subpathsOfDirectory(atPath: scratch.directory.targetsPath)
        try Scratch.put(backup, back: database)
        let behind = try Publisher(directory: scratch.directory)
        let versions = try behind.history().count
        // However often it is tried.
        for _ in 0..<3 {
            let refused = try #require(throws: CentralError.self) { try behind.publish(at: now) }
            #expect(refused.description.contains("--after-backup"))
            #expect(throws: refused) {
                try behind.lift(
                    .document("000000190001010017"), by: "Wang", because: "over", at: now, acceptPlaceholders: true)
            }
            #expect(throws: refused) {
                try behind.publishMandate(reference: "M-9", legalBasis: "Act 1", area: "North", days: 1, at: now)
            }
        }
        #expect(try behind.history().count == versions, "nothing was changed")
        #expect(try timestamp() == before)
        #expect(
            Set(try FileManager.default.subpathsOfDirectory(atPath: scratch.directory.targetsPath)) == Set(targets),
            "gates still fetch what is published")
    }

    @Test(arguments: [true, false])
    func `after a backup was put back, two people make it the beginning that every gate takes`(
        isTargetsKeyThere: Bool
    ) throws {
        let database = scratch.directory.databasePath
        // It belongs on media apart from the machine.
        if !isTargetsKeyThere {
            try FileManager.default.removeItem(atPath: scratch.directory.keysPath + "/targets.key")
        }
        _ = try publisher.publishMandate(reference: "M-1", legalBasis: "Act 1", area: "North", days: 1, at: now)
        _ = try publishOrders(header + good)
        let backup = try Scratch.copy(of: database)
        _ = try publishOrders(header)
        _ = try publisher.publishMandate(reference: "M-2", legalBasis: "Act 1", area: "North", days: 1, at: now)
        let keys = ["root-1", "root-2"].map { "\(scratch.directory.keysPath)/\($0).key" }
        _ = try publisher.renewRoot(signers: keys, replaced: [], at: now)
        // The file of the first mandate has gone.
        _ = try publisher.publish(at: now.advanced(bySeconds: 3601))
        let lost = try published()
        try Scratch.put(backup, back: database)
        let second = try DataDirectory.key(path: scratch.directory.keysPath + "/orders-bulk-2.key")
        let restored = try Publisher(directory: scratch.directory)
        let version = try restored.approve(by: "Li", with: second, isAfterBackup: true, at: now)
        let found = try published()
        #expect(try found.list().listVersion == version && version > 1_000_000)
        #expect(try found.list().references == [1001, 1002])
        #expect(String(decoding: try found.content("mandate.json", of: "mandate"), as: UTF8.self).contains("M-2"))
        _ = try restored.renewRoot(signers: keys, replaced: [], at: now)
        #expect(FileManager.default.fileExists(atPath: "\(scratch.directory.metadataPath)/3.root.json"))
        for role in ["targets", "orders-bulk", "orders", "mandate", "passes", "notices", "policy"] {
            let (before, after) = (try lost.metadata.announced(role), try found.metadata.announced(role))
            #expect(after.version > before.version || role == "targets" && !isTargetsKeyThere && after == before)
            #expect(try found.metadata.announced(role).hashes != nil)
        }
        #expect(try restored.publish(at: now).isEmpty)
        let next = try restored.importOrders(
            csv: Array(header.utf8), by: "Wang", at: now, strict: true, acceptPlaceholders: true)
        #expect(next.listVersion == version + 1)
    }

    @Test func `what somebody has to sign is told in time`() throws {
        for name in ["root-1", "root-2", "targets", "orders-bulk-2"] {
            try FileManager.default.removeItem(atPath: "\(scratch.directory.keysPath)/\(name).key")
        }
        #expect(try publisher.publish(at: now).isEmpty)
        let due = try publisher.publish(at: now.advanced(bySeconds: 300 * 86_400))
        #expect(due.count == 3 && due.contains { $0.hasPrefix("orders-bulk expires at") }, "\(due)")
    }

    @Test func `a new root is signed by both keys, replaces others, and gates that trust the first one take it`() throws
    {
        let keys = ["root-1", "root-2"].map { "\(scratch.directory.keysPath)/\($0).key" }
        #expect(throws: CentralError.self) { try publisher.renewRoot(signers: [keys[0]], replaced: [], at: now) }
        #expect(throws: CentralError.self) { try publisher.renewRoot(signers: keys, replaced: ["orders"], at: now) }
        let later = now.advanced(bySeconds: 300 * 86_400)
        #expect(try publisher.renewRoot(signers: keys, replaced: ["timestamp", "targets"], at: later) > later)
        _ = try publisher.renewRoot(signers: keys, replaced: ["root-2"], at: later)
        let new = ["root-1", "root-2"].map { "\(scratch.directory.keysPath)/\($0).key" }
        _ = try publisher.renewRoot(signers: new, replaced: [], at: later)
        var set = try TrustedMetadataSet(
            trustedRoot: try scratch.content(scratch.directory.rootPath), now: later.secondsSince1970)
        for version in 2...4 {
            _ = try set.updateRoot(try scratch.content("\(scratch.directory.metadataPath)/\(version).root.json"))
        }
        try set.checkRoot()
        #expect(set.root.header.expires > later.secondsSince1970)
        #expect(try set.updateTimestamp(try timestamp()))
        let snapshot = try #require(set.timestamp).snapshot.version
        try set.updateSnapshot(try scratch.content("\(scratch.directory.metadataPath)/\(snapshot).snapshot.json"))
        let targets = try set.announced("targets").version
        try set.updateTargets(try scratch.content("\(scratch.directory.metadataPath)/\(targets).targets.json"))
    }

    @Test func `publishers at once get different versions`() async throws {
        let directory = scratch.directory
        let versions = try await withThrowingTaskGroup(of: UInt64?.self) { group in
            for number in 1...4 {
                let row = "CARD/24/10000\(number),isolation,,confirmed-case,2023-11-10,2023-11-20,flat,\(number)\n"
                let csv = Array((header + row).utf8)
                group.addTask {
                    try Publisher(directory: directory).addOrders(
                        csv: csv, by: "Wang", at: now, acceptPlaceholders: true
                    ).listVersion
                }
            }
            return try await group.reduce(into: Set<UInt64?>()) { $0.insert($1) }
        }
        #expect(versions == [2, 3, 4, 5])
        #expect(try published().list().references == [1, 2, 3, 4])
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
