import Glibc

/// A key, a token, or what is trusted, that the configuration names a file of.
public struct SecretFile: Hashable, Sendable {
    public enum Holds: Hashable, Sendable {
        case deploymentKey
        /// What the gate shows the central service.
        case token
        /// Public, but whoever can change it publishes lists.
        case publisherKey
        /// TUF root metadata. As public, and as much to be guarded.
        case root
        case osdpKey
    }

    public var holds: Holds
    public var path: String
    /// Where the configuration names it; 0 for the whole file.
    public var line: Int

    public init(holds: Holds, path: String, line: Int) {
        self.holds = holds
        self.path = path
        self.line = line
    }

    /// Far more than any key or token has, in bytes.
    public static let longestKey = 4096

    /// The most bytes that are read of it: root metadata holds many keys.
    public var longest: Int { holds == .root ? 512_000 : Self.longestKey }

    /// The text of the file, without white space around it.
    public static func read(_ path: String, longest: Int = longestKey) throws(SecretFileError) -> String {
        // A FIFO would have its reader wait for whoever writes.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SecretFileError(path, errno == EACCES ? .permissionDenied : .absent) }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size <= longest else {
            throw SecretFileError(path, .noFile)
        }
        var bytes = [UInt8](repeating: 0, count: longest)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw SecretFileError(path, .absent) }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// How others than its owner and group may use the file, or its group may change it; `nil` if they may not.
    ///
    /// A public key may be read by anybody.
    public var exposure: String? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        if facts.st_mode & (S_IWGRP | S_IWOTH) != 0 { return "others than its owner may change it" }
        if holds != .publisherKey, holds != .root, facts.st_mode & S_IROTH != 0 {
            return "everybody on this machine may read it"
        }
        return nil
    }
}

/// Why a key or token cannot be had from its file.
public struct SecretFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Cause: Hashable, Sendable {
        case absent, permissionDenied
        /// Not a plain file, or far too long.
        case noFile
    }

    public var path: String
    public var cause: Cause

    init(_ path: String, _ cause: Cause) {
        self.path = path
        self.cause = cause
    }

    public var description: String {
        switch cause {
        case .absent: "\(path) cannot be read; it must be there and readable for the daemon's user"
        case .permissionDenied: "\(path) may not be read; it must be readable for the daemon's user"
        case .noFile: "\(path) is no file that can hold a key: it is not a plain file, or longer than a few lines"
        }
    }
}

extension GateSettings {
    /// Every key and token that the configuration names.
    public var secrets: [SecretFile] {
        [
            SecretFile(holds: .deploymentKey, path: deploymentKey.file, line: 0),
            SecretFile(holds: .token, path: central.tokenFile, line: 0),
            SecretFile(holds: .publisherKey, path: central.publisherKeyFile, line: 0),
            SecretFile(holds: .root, path: central.rootFile, line: 0),
        ]
            + readers.compactMap { reader in
                guard case .osdp(let osdp) = reader.kind, let file = osdp.keyFile else { return nil }
                return SecretFile(holds: .osdpKey, path: file, line: reader.line)
            }
    }
}
