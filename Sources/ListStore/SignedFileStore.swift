public import GateModel
import Glibc
public import Orders
public import TrustedFiles

/// The verified list and mandate that a gate works with.
public struct FilesInForce: Sendable {
    public var manifest: Manifest
    /// `nil` where none is published, and where there is no mandate for it (principle 7).
    public var book: OrderBook?
    public var mandate: Mandate?
    /// Why the stored list could not be opened, where that is so.
    public var listFault: String?
}

/// What a file must match to be taken, beside its signature.
public struct Trust: Sendable {
    public var key: TrustedKey
    public var deployment: String
    public var keyEpoch: UInt32
    /// The public fingerprint of the deployment key: a list made with another key would find nobody.
    public var keyCheck: UInt64

    public init(key: TrustedKey, deployment: String, keyEpoch: UInt32, keyCheck: UInt64) {
        self.key = key
        self.deployment = deployment
        self.keyEpoch = keyEpoch
        self.keyCheck = keyCheck
    }
}

/// Why files were refused although their signature may be right.
public enum Refusal: Error, Sendable, CustomStringConvertible {
    case missing(name: String)
    case foreignKey(expectedEpoch: UInt32, foundEpoch: UInt32)
    case olderList(inForce: UInt64, found: UInt64)
    case twoOfOneVersion(UInt64)
    case tooLarge(name: String, size: UInt64)

    public var description: String {
        switch self {
        case .missing(let name):
            "the file \(name) that the manifest names is not there"
        case .foreignKey(let expected, let found):
            "the list was made with another deployment key (epoch \(found)) than this gate holds (epoch \(expected)); "
                + "install the matching key"
        case .olderList(let inForce, let found):
            "the list has version \(found), older than version \(inForce) in force"
        case .twoOfOneVersion(let version):
            "there are two different manifests of version \(version); the first one stays in force"
        case .tooLarge(let name, let size):
            "the file \(name) is announced with \(size) bytes, more than a gate takes"
        }
    }
}

/// The signed files as they lie in the state directory. What is downloaded is what is mapped.
///
/// Blocking: call it off the event loops.
public struct SignedFileStore: Sendable {
    public let directory: String
    public let trust: Trust

    public init(directory: String, trust: Trust) {
        self.directory = directory
        self.trust = trust
    }

    package static let manifestName = "manifest.json"

    private var manifestPath: String { "\(directory)/\(Self.manifestName)" }

    /// Files are stored under their digest, so that an offer that is refused later never overwrites what is in force.
    static func storedName(_ file: Manifest.File) -> String { "\(file.sha256.prefix(16))-\(file.name)" }

    package func path(_ file: Manifest.File) -> String { "\(directory)/\(Self.storedName(file))" }

    /// Verifies what is stored, from the signature down to each digest, and opens it. `nil` if nothing is stored.
    ///
    /// A damaged list does not take the mandate with it: then there is a mandate without a list, which refers more.
    public func load(at now: WallTime) throws -> FilesInForce? {
        guard let envelope = try storedManifest() else { return nil }
        let manifest = try Manifest.open(
            envelopeBytes: envelope, trusted: trust.key, deployment: trust.deployment, notOlderThan: nil)
        do {
            return try open(manifest, notOlderThan: 0, at: now) { try verify($0) }
        } catch {
            guard let file = manifest.file(.mandate) else { throw error }
            try verify(file)
            return FilesInForce(
                manifest: manifest, book: nil, mandate: try mandate(of: manifest), listFault: "\(error)")
        }
    }

    /// The signed manifest as it is stored.
    func storedManifest() throws -> [UInt8]? {
        var bytes: [UInt8] = []
        let found = try AtomicFile.read(manifestPath) { piece in
            if bytes.count <= SignedEnvelope.largestByteCount { bytes += piece }
        }
        return found ? bytes : nil
    }

    /// Whether `file` is stored with exactly the content that the manifest names.
    package func holds(_ file: Manifest.File) -> Bool { (try? verify(file)) != nil }

    /// Throws unless `file` is stored with exactly the content that the manifest names.
    func verify(_ file: Manifest.File) throws {
        var verifier = FileVerifier(expecting: file)
        let found = try AtomicFile.read(path(file)) { try verifier.update($0) }
        guard found else { throw Refusal.missing(name: file.name) }
        try verifier.finish()
    }

    /// The mandate that the manifest names, once its file is there.
    package func mandate(of manifest: Manifest) throws -> Mandate? {
        guard let file = manifest.file(.mandate) else { return nil }
        var bytes: [UInt8] = []
        _ = try AtomicFile.read(path(file)) { piece in
            if bytes.count <= Mandate.largestByteCount { bytes += piece }
        }
        return try Mandate(json: bytes)
    }

    /// Whether a list may be held: there is a mandate and it is not over.
    package static func mayHoldList(_ mandate: Mandate?, at now: WallTime) -> Bool {
        mandate.map { now < $0.until } ?? false
    }

    /// Opens the files that are there. A list without a mandate is not opened, and need not be there.
    ///
    /// - Parameter check: called with each file before it is opened.
    package func open(
        _ manifest: Manifest, notOlderThan inForce: UInt64, at now: WallTime,
        check: (Manifest.File) throws -> Void = { _ in }
    ) throws -> FilesInForce {
        var files = FilesInForce(manifest: manifest, book: nil, mandate: nil)
        if let file = manifest.file(.mandate) { try check(file) }
        files.mandate = try mandate(of: manifest)
        if let file = manifest.file(.orders), Self.mayHoldList(files.mandate, at: now) {
            try check(file)
            let book = try OrderBook(mapping: MappedFile(path: path(file)))
            guard book.keyEpoch == trust.keyEpoch, book.keyCheck == trust.keyCheck else {
                throw Refusal.foreignKey(expectedEpoch: trust.keyEpoch, foundEpoch: book.keyEpoch)
            }
            guard book.listVersion >= inForce else {
                throw Refusal.olderList(inForce: inForce, found: book.listVersion)
            }
            files.book = book
        }
        return files
    }

    /// Puts the manifest in force and removes every file that it does not name.
    package func commit(envelope: [UInt8], manifest: Manifest) throws {
        let file = try AtomicFile(path: manifestPath)
        try file.write(envelope)
        try file.commit()
        remove(except: Set(manifest.files.map(Self.storedName) + [Self.manifestName]))
    }

    /// Removes the list, because there is no mandate for it any more (principle 7). The manifest stays: it holds nobody,
    /// and an older one must still be refused.
    public func eraseList(of manifest: Manifest) {
        remove(except: Set([Self.manifestName] + (manifest.file(.mandate).map { [Self.storedName($0)] } ?? [])))
    }

    private func remove(except kept: Set<String>) {
        guard let stream = unsafe opendir(directory) else { return }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." && !kept.contains(name) { names.append(name) }
        }
        for name in names { _ = unsafe unlink("\(directory)/\(name)") }
    }
}
