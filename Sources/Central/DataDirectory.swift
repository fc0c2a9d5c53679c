import Credentials
import DurableFiles
import FoundationEssentials
public import GateModel
import Glibc
import TrustedFiles

/// Where the central service keeps what it has.
///
/// ```
/// central.sqlite        orders, what is published, gates, streams, events, alerts, alarms
/// keys/publisher.key    the seed that signs changes of mode: 64 hexadecimal digits
/// keys/deployment.key   the key that makes tokens: 64 hexadecimal digits; every gate gets a copy
/// keys/ROLE.key         the seeds that sign as the roles of TUF, see `RoleKeyFile`
/// trusted.pub           the public half of the publisher key; every gate gets a copy
/// root.json             the first root metadata; every gate gets a copy
/// public/metadata/      TUF metadata, as any web server can serve it
/// public/targets/       the files that it names: order books, deltas, the mandate
/// ```
public struct DataDirectory: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    public var databasePath: String { path + "/central.sqlite" }
    public var keysPath: String { path + "/keys" }
    public var publisherKeyPath: String { keysPath + "/publisher.key" }
    public var deploymentKeyPath: String { keysPath + "/deployment.key" }
    public var trustedKeyPath: String { path + "/trusted.pub" }
    public var rootPath: String { path + "/root.json" }
    public var publicPath: String { path + "/public" }
    public var metadataPath: String { publicPath + "/metadata" }
    public var targetsPath: String { publicPath + "/targets" }

    /// Makes the directory with new random keys, and publishes an empty list.
    ///
    /// - Parameter deployment: the name of the area that the gates serve; gates refuse what is made for another.
    /// - Returns: the public key that the gates are to trust, 64 hexadecimal digits.
    public func create(
        deployment: String, keyEpoch: UInt32, at now: WallTime = .now()
    ) throws(CentralError) -> String {
        guard deployment.contains(where: { !$0.isWhitespace }) else { throw .badName(deployment) }
        let files = FileManager.default
        guard !files.fileExists(atPath: databasePath), !files.fileExists(atPath: keysPath) else {
            throw .alreadyCreated(path: path)
        }
        do {
            try files.createDirectory(atPath: metadataPath, withIntermediateDirectories: true)
            try files.createDirectory(atPath: targetsPath + "/orders/bulk", withIntermediateDirectories: true)
            try files.createDirectory(
                atPath: keysPath, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .cannotWrite(path: path, reason: "the directory cannot be made") }
        let publisher = PublisherKey()
        for file in RoleKeyFile.allCases {
            try Self.write(Array("\(PublisherKey().secretText)\n".utf8), to: path(of: file), mode: 0o600)
        }
        try Self.write(Array("\(publisher.secretText)\n".utf8), to: publisherKeyPath, mode: 0o600)
        try Self.write(Array("\(randomHex(bytes: 32))\n".utf8), to: deploymentKeyPath, mode: 0o600)
        try Self.write(Array("\(publisher.trusted.text)\n".utf8), to: trustedKeyPath, mode: 0o644)
        _ = try CentralStore(creating: databasePath, deployment: deployment, keyEpoch: keyEpoch)
        try Publisher(directory: self).publishFirst(at: now)
        return publisher.trusted.text
    }

    /// Writes a file so that after a loss of power there is either the old content or the new.
    static func write(_ content: [UInt8], to path: String, mode: mode_t) throws(CentralError) {
        do throws(FileTrouble) { try AtomicFile.write(content, to: path, mode: mode) } catch {
            throw .cannotWrite(path: path, reason: error.reason)
        }
    }

    /// Opens the database of a directory that was made by ``create(deployment:keyEpoch:)``.
    public func openStore() throws(CentralError) -> CentralStore {
        guard FileManager.default.fileExists(atPath: databasePath) else { throw .notCreated(path: path) }
        return try CentralStore(path: databasePath)
    }

    func publisherKey() throws(CentralError) -> PublisherKey { try Self.key(path: publisherKeyPath) }

    func deploymentKey(epoch: UInt32) throws(CentralError) -> DeploymentKey {
        let hex = try Self.text(of: deploymentKeyPath)
        do { return try DeploymentKey(hex: hex, epoch: epoch) } catch {
            throw .cannotRead(path: deploymentKeyPath, reason: "\(error)")
        }
    }

    static func text(of path: String) throws(CentralError) -> String {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw .cannotRead(path: path, reason: "it is missing or may not be read")
        }
        return String(decoding: content, as: UTF8.self)
    }
}

/// Secret random bytes as lower-case hexadecimal digits.
func randomHex(bytes count: Int) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var generator = SystemRandomNumberGenerator()
    return String(
        decoding: (0..<count * 2).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }, as: UTF8.self)
}
