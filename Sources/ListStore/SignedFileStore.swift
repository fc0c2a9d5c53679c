import DurableFiles
import FoundationEssentials
public import GateModel
import Glibc
public import Orders
import Synchronization
package import TrustedFiles

/// The verified list and mandate that a gate works with.
public struct FilesInForce: Sendable {
    public var record: ListRecord
    /// `nil` where none is published, and where there is no mandate for it (principle 7).
    public var list: OrderList?
    public var mandate: Mandate?
    /// How many orders the deltas that one signature suffices for have put on the list or changed.
    public var addedSinceBulk = 0
    /// The last time at which the publisher said that this is the last publication.
    public var issued: WallTime?
    /// Which role of the publisher has to sign anew first, as it said then.
    public var signaturesEnd: SignaturesEnd?
    /// Why the stored list could not be opened, where that is so.
    public var listFault: String?

    public init(
        record: ListRecord, list: OrderList? = nil, mandate: Mandate? = nil, issued: WallTime? = nil,
        listFault: String? = nil
    ) {
        self.record = record
        self.list = list
        self.mandate = mandate
        self.issued = issued
        self.listFault = listFault
    }
}

extension TrustedMetadataSet {
    /// Which role has to sign anew first, of those whose metadata were taken.
    package var signaturesEnd: SignaturesEnd {
        let first = firstToExpire
        return SignaturesEnd(role: first.role, at: WallTime(secondsSince1970: first.expires))
    }
}

extension FilesInForce {
    /// The list has left memory, and its files the disk.
    package mutating func dropList() {
        list = nil
        record.base = nil
        record.deltas = []
        addedSinceBulk = 0
    }

    /// Notes that `delta` was applied to the list.
    package mutating func count(_ delta: OrderDelta, _ name: OrderFileName?) {
        if case .bulkDelta? = name { addedSinceBulk = 0 } else { addedSinceBulk += delta.writtenCount }
    }
}

/// Which deployment key a list must have been made with: one made with another key would find nobody.
public struct ListKey: Hashable, Sendable {
    public var epoch: UInt32
    /// The public fingerprint of the deployment key.
    public var check: UInt64

    public init(epoch: UInt32, check: UInt64) {
        self.epoch = epoch
        self.check = check
    }
}

/// Why files were refused although they are signed.
public enum Refusal: Error, Sendable, CustomStringConvertible {
    case missing(name: String)
    case unreadable(name: String, reason: String)
    case foreignKey(expectedEpoch: UInt32, foundEpoch: UInt32)
    case otherVersion(name: String, found: UInt64)
    case tooLarge(name: String, size: UInt64)
    /// The publisher has lost versions that it had published.
    case olderList(inForce: UInt64, found: UInt64)
    /// The published files do not lead to the version that their names announce.
    case leadsElsewhere(newest: UInt64, found: UInt64)
    /// More people would be on the list than two people have allowed.
    case notAllowed(added: Int, allowed: Int)

    public var description: String {
        switch self {
        case .missing(let name):
            "the file \(name) is not there"
        case .unreadable(let name, let reason):
            "the file \(name) cannot be used: \(reason)"
        case .foreignKey(let expected, let found):
            "the list was made with another deployment key (epoch \(found)) than this gate holds (epoch \(expected)); "
                + "install the matching key"
        case .otherVersion(let name, let found):
            "the file \(name) holds version \(found) of the list"
        case .tooLarge(let name, let size):
            "the file \(name) is announced with \(size) bytes, more than a gate takes"
        case .olderList(let inForce, let found):
            "the published list has version \(found), older than version \(inForce) in force; the centre has lost what it had "
                + "published."
        case .leadsElsewhere(let newest, let found):
            "the published files lead to version \(found) of the list, not to version \(newest) as they announce"
        case .notAllowed(let added, let allowed):
            "it adds \(added) orders with one signature, and two people have allowed \(allowed); "
                + "the centre has to approve the list"
        }
    }
}

/// The signed files as they lie in the state directory. What is downloaded is what is mapped.
///
/// Blocking: call it off the event loops.
public struct SignedFileStore: Sendable {
    public let directory: String
    public let key: ListKey
    /// Names whose files these are: the digest of the root file that they are trusted by. `nil` where that is not known.
    public let authority: String?

    public init(directory: String, key: ListKey, authority: String? = nil) {
        self.directory = directory
        self.key = key
        self.authority = authority
    }

    private static let recordName = "list.json"
    /// Some hundred deltas, at most; one is named in some 150 bytes.
    private static let longestRecord = 1 << 20

    private var recordPath: String { "\(directory)/\(Self.recordName)" }

    /// Files are stored under their digest, so that an offer that is refused later never overwrites what is in force.
    private static func storedName(_ name: String, _ sha256: String) -> String {
        "\(sha256.prefix(16))-\(URLQuoting.quoted(name))"
    }

    private static func storedName(_ file: NamedFile) -> String { storedName(file.name, file.sha256) }

    package func path(_ file: NamedFile) -> String { "\(directory)/\(Self.storedName(file))" }

    /// Verifies what is stored down to each digest, and opens it. `nil` if nothing is stored.
    ///
    /// A damaged list does not take the mandate with it: then there is a mandate without a list, which refers more. A
    /// damaged delta does not take the list before it, which is then older than what was in force.
    ///
    /// What another authority has signed for is removed.
    public func load(at now: WallTime) throws -> FilesInForce? {
        guard let record = try storedRecord() else { return nil }
        if let authority, let its = record.authority, its != authority {
            try forget()
            return FilesInForce(record: ListRecord())
        }
        if let file = record.mandate { try verify(file) }
        var files = FilesInForce(record: record, mandate: try mandate(of: record))
        guard Self.mayHoldList(files.mandate, at: now) else { return files }
        files.record.deltas = []
        do {
            guard let base = record.base else { return files }
            try verify(base)
            var list = OrderList(try book(base))
            files.list = list
            for file in record.deltas {
                try verify(file)
                let delta = try delta(file)
                files.count(delta, OrderFileName(file.name))
                list = try list.applying(delta)
                files.list = list
                files.record.deltas.append(file)
            }
        } catch {
            files.listFault = "\(error)"
        }
        return files
    }

    private func storedRecord() throws -> ListRecord? {
        guard let bytes = try PlainFile.content(of: recordPath, atMost: Self.longestRecord) else { return nil }
        do { return try JSONDecoder().decode(ListRecord.self, from: Data(bytes)) } catch {
            throw Refusal.unreadable(name: Self.recordName, reason: "it is not what a gate writes")
        }
    }

    /// Where targets are received.
    package var folder: TargetFolder {
        TargetFolder(directory: directory) { target in
            Self.storedName(target.name, target.file.hashes["sha256"] ?? "")
        }
    }

    /// Throws unless `file` is stored with exactly the content that was signed for.
    func verify(_ file: NamedFile) throws { try verify(file, at: path(file)) }

    func verify(_ file: NamedFile, at path: String) throws {
        var verifier = TargetVerifier(file)
        let found = try PlainFile.read(path) { try verifier.update($0) }
        guard found else { throw Refusal.missing(name: file.name) }
        try verifier.finish()
    }

    /// The mandate that the record names, once its file is there.
    package func mandate(of record: ListRecord) throws -> Mandate? {
        guard let file = record.mandate else { return nil }
        guard let bytes = try PlainFile.content(of: path(file), atMost: Mandate.largestByteCount) else {
            throw Refusal.missing(name: file.name)
        }
        return try Mandate(json: bytes)
    }

    /// Whether a list may be held: there is a mandate and it is not over.
    package static func mayHoldList(_ mandate: Mandate?, at now: WallTime) -> Bool {
        mandate.map { now < $0.until } ?? false
    }

    /// A stored book. Throws ``Refusal`` if it was made with another key or holds another version than its name says.
    package func book(_ file: NamedFile) throws -> OrderBook {
        let book = try OrderBook(mapping: MappedFile(path: path(file)))
        try check(book.keyEpoch, book.keyCheck)
        guard OrderFileName(file.name) == .book(book.listVersion) else {
            throw Refusal.otherVersion(name: file.name, found: book.listVersion)
        }
        return book
    }

    /// A stored delta. Throws as ``book(_:)`` does.
    package func delta(_ file: NamedFile) throws -> OrderDelta {
        guard let bytes = try PlainFile.content(of: path(file), atMost: Self.largestDelta) else {
            throw Refusal.missing(name: file.name)
        }
        let delta = try OrderDelta(bytes: bytes)
        try check(delta.head.keyEpoch, delta.head.keyCheck)
        switch OrderFileName(file.name) {
        case .delta(delta.base.listVersion, delta.head.listVersion)?,
            .bulkDelta(delta.base.listVersion, delta.head.listVersion)?:
            return delta
        default: throw Refusal.otherVersion(name: file.name, found: delta.head.listVersion)
        }
    }

    private func check(_ epoch: UInt32, _ keyCheck: UInt64) throws {
        guard epoch == key.epoch, keyCheck == key.check else {
            throw Refusal.foreignKey(expectedEpoch: key.epoch, foundEpoch: epoch)
        }
    }

    /// More than a million orders in one go are published as a book.
    package static let largestDelta = 64 << 20

    /// Writes a file of the gate's own making.
    package func write(_ content: [UInt8], as file: NamedFile) throws {
        try AtomicFile.write(content, to: path(file))
    }

    /// What is erased by the one must not be named as in force by the other, and the reverse.
    private static let writing = Mutex(())

    /// Puts the record in force and removes every file that it does not name. Throws ``Refusal`` if one of its files is not
    /// there any more.
    package func commit(_ record: ListRecord) throws {
        try Self.writing.withLock { _ in
            for file in record.files where unsafe access(path(file), F_OK) != 0 {
                throw Refusal.missing(name: file.name)
            }
            var record = record
            record.authority = authority ?? record.authority
            try write(record)
        }
    }

    private func write(_ record: ListRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(Array(try encoder.encode(record)), to: recordPath)
        removeFiles(of: directory, except: record.files)
    }

    /// Removes the list, because there is no mandate for it any more (principle 7). What is stored as the mandate stays, if it
    /// is of any use.
    ///
    /// The files go first: on a full disk no new record can be written, and with them gone there is room for one.
    public func eraseList() throws {
        try Self.writing.withLock { _ in
            let stored = try? storedRecord()
            var left = ListRecord(mandate: (try? stored.map { try mandate(of: $0) }) == nil ? nil : stored?.mandate)
            left.authority = stored?.authority
            removeMerged()
            removeFiles(of: directory, except: left.files)
            try write(left)
        }
    }

    /// Removes list and mandate.
    private func forget() throws {
        try Self.writing.withLock { _ in
            removeMerged()
            removeFiles(of: directory, except: [])
            try write(ListRecord())
        }
    }

    func removeFiles(of directory: String, except files: [NamedFile]) {
        let kept = Set(files.map(Self.storedName) + [Self.recordName])
        guard let stream = unsafe opendir(directory) else { return }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            // Metadata and merges have folders of their own; a folder cannot be unlinked.
            if !kept.contains(name) { names.append(name) }
        }
        for name in names { _ = unsafe unlink("\(directory)/\(name)") }
    }
}
