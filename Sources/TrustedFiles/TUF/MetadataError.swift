/// Why metadata of a TUF repository is not taken. The numbers are those of the TUF specification 1.0.33.
public enum MetadataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// 4.2: not JSON, or not whole.
    case unreadable(file: String, detail: String)
    /// 4.2 to 4.6: a field that is missing or has a wrong form.
    case malformed(file: String, field: String, problem: String)
    /// 4.3 to 4.6: metadata of another role.
    case wrongType(file: String, expected: String, found: String)
    /// 4.3: of another edition of the specification than 1.
    case unknownSpecVersion(file: String, found: String)
    /// 5.3.4, 5.4.2, 5.5.3, 5.6.3: not signed by as many keys as `by` asks for.
    case notSigned(file: String, by: String, signatures: Int, threshold: Int64)
    /// 5.3.5: not the version that follows.
    case wrongRootVersion(expected: Int64, found: Int64)
    /// 5.3.10, 5.4.4, 5.5.6, 5.6.5. Seconds since 1970.
    case expired(file: String, expires: Int64, now: Int64)
    /// 5.4.3.1 and 4.3: older than what is trusted.
    case rollback(file: String, trusted: Int64, found: Int64)
    /// 5.4.3.2, 5.5.5: it names an older version of another file than before.
    case namesOlder(file: String, named: String, trusted: Int64, found: Int64)
    /// 5.5.5: it no longer names a file.
    case dropped(file: String, named: String)
    /// 5.5.2, 5.6.2: another length than the file before it says.
    case wrongLength(file: String, expected: Int64, found: Int64)
    /// 5.5.2, 5.6.2: another digest than the file before it says.
    case wrongDigest(file: String, algorithm: String)
    /// 5.5.2, 5.6.2: digests of unknown kinds only.
    case noKnownDigest(file: String)
    /// 5.5.4, 5.6.4: another version than the file before it says.
    case wrongVersion(file: String, expected: Int64, found: Int64)
    /// 5.6: a role that the snapshot does not name.
    case notInSnapshot(role: String)
    /// 5.6.3: the delegating role has no such delegation.
    case notDelegated(role: String, by: String)
    /// 5.3.3, 5.4.1, 5.5.1, 5.6.1: more bytes than may come.
    case tooLong(file: String, limit: Int)
    /// 5.4.1, 5.5.1, 5.6.1: the repository does not have it.
    case missing(file: String)
    /// 5.2: there is no trusted root.
    case noTrustedRoot
    /// 5.7.2: no role answers for it.
    case noSuchTarget(name: String)
    /// 5.6.7.1: the search ended at its limit.
    case tooManyRoles(name: String, limit: Int)
    /// The caller asked for a step before the one that it needs.
    case notYet(needs: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let detail):
            "\(file) is not JSON as TUF uses it: \(detail). Check the address and what the repository serves."
        case .malformed(let file, let field, let problem):
            "\(file): the field \(field) \(problem). The publisher has to make the file anew."
        case .wrongType(let file, let expected, let found):
            "\(file) holds metadata of type \(found), not \(expected). Check what the repository serves."
        case .unknownSpecVersion(let file, let found):
            "\(file) follows TUF specification \(found); this program knows 1.x. Update the program."
        case .notSigned(let file, let by, let signatures, let threshold):
            "\(file) has \(signatures) valid signature(s) of the \(threshold) that \(by) asks for. It was not taken; the "
                + "publisher has to sign it."
        case .wrongRootVersion(let expected, let found):
            "The root file that should be version \(expected) says it is version \(found). It was not taken."
        case .expired(let file, let expires, let now):
            "\(file) expired at \(MetadataTime.text(expires)), and it is \(MetadataTime.text(now)). The publisher has to "
                + "renew it; check this machine's clock too."
        case .rollback(let file, let trusted, let found):
            "\(file) has version \(found), older than version \(trusted) that is trusted. Somebody may be playing back an "
                + "old state; it was not taken."
        case .namesOlder(let file, let named, let trusted, let found):
            "\(file) names version \(found) of \(named), older than version \(trusted) that was named before. Somebody may "
                + "be playing back an old state; it was not taken."
        case .dropped(let file, let named):
            "\(file) no longer names \(named), as it must. It was not taken."
        case .wrongLength(let file, let expected, let found):
            "\(file) has \(found) bytes, not the \(expected) that were announced. It was not taken; fetch it again."
        case .wrongDigest(let file, let algorithm):
            "\(file) is not what was announced: its \(algorithm) differs. It was not taken; fetch it again."
        case .noKnownDigest(let file):
            "\(file) is announced with digests of unknown kinds only; this program knows "
                + "\(FileDigests.known.joined(separator: ", ")). Update it."
        case .wrongVersion(let file, let expected, let found):
            "\(file) has version \(found), not version \(expected) that was announced. It was not taken."
        case .notInSnapshot(let role):
            "The snapshot does not name the role \(role), which is delegated. The publisher has to make it anew."
        case .notDelegated(let role, let by):
            "The role \(by) does not delegate to \(role)."
        case .tooLong(let file, let limit):
            "\(file) goes on after the \(limit) bytes that are taken. It was dropped."
        case .missing(let file):
            "The repository has no \(file). Check the address, and whether the publisher has finished."
        case .noTrustedRoot:
            "There is no trusted root file. Bring one here by hand and initialise with it."
        case .noSuchTarget(let name):
            "The repository has no target \(name). Check the name."
        case .tooManyRoles(let name, let limit):
            "The target \(name) was not found in the first \(limit) roles, and no more are asked. Check the name."
        case .notYet(let needs):
            "This needs \(needs), which is not loaded."
        }
    }
}
