/// A target, and the role that answers for it.
public struct FoundTarget: Hashable, Sendable {
    public let name: String
    public let role: String
    public let file: TargetFile
    /// Relative to the targets URL, quoted for it: with the digest before the file's name if snapshots are consistent.
    public let path: String
    /// The name for the file in a folder of targets: ``name`` with everything quoted that is not a letter, a digit or `_.-~`.
    public let localName: String

    /// `nil` if every digest is of an unknown kind.
    init?(_ name: String, _ file: TargetFile, role: String, isConsistent: Bool) {
        guard let digest = FileDigests.known.lazy.compactMap({ file.hashes[$0] }).first else { return nil }
        self.name = name
        self.role = role
        self.file = file
        localName = URLQuoting.quoted(name)
        var parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if isConsistent, let last = parts.popLast() { parts.append("\(digest).\(last)") }
        path = URLQuoting.pathQuoted(parts.joined(separator: "/"))
    }
}

extension TrustedMetadataSet {
    /// All that `role` signs for as `targets` delegates it, but for what has no digest that is known.
    public func foundTargets(of role: String) -> [FoundTarget] {
        (targets(role, by: "targets")?.targets ?? [:]).compactMap { name, file in
            FoundTarget(name, file, role: role, isConsistent: root.consistentSnapshot == true)
        }
    }
}
