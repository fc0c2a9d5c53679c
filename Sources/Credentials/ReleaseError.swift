/// Why a release is not honoured. The words are for the attendant and name nobody.
public enum ReleaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not the text that was made: misread, cut off or changed.
    case damaged
    case unknownKey
    case badSignature
    /// Signed by the authority, and not what this program knows as a release.
    case unknownForm
    case otherDeployment(expected: String, found: String)
    case otherKeyEpoch(expected: UInt32, found: UInt32)
    case notYetValid(inSeconds: Int64)
    case expired(secondsAgo: Int64)
    case tooLong(seconds: Int64)
    /// It ends before it begins, or some time is before 1970 or after 2106.
    case impossibleTimes
    case impossibleDeployment

    public var description: String {
        switch self {
        case .damaged: "the release code is damaged or was not read whole; show it again, or print it anew"
        case .unknownKey:
            "the release is signed with a key that this gate does not trust; have it issued by this area's authority"
        case .badSignature: "the signature of the release does not match: it was altered; have it issued anew"
        case .unknownForm: "the release has a form that this program does not know; update the program"
        case .otherDeployment(let expected, let found):
            "the release is for deployment \(found), and this gate belongs to \(expected)"
        case .otherKeyEpoch(let expected, let found):
            "the release was made with deployment key epoch \(found), and this gate has epoch \(expected); have it issued anew"
        case .notYetValid(let seconds):
            "the release counts only in \(Self.span(seconds)) by this gate's clock; if that is wrong, set the clock"
        case .expired(let seconds):
            "the release ended \(Self.span(seconds)) ago by this gate's clock; have it issued anew"
        case .tooLong(let seconds):
            "the release lasts \(Self.span(seconds)), and \(Self.span(Release.longestSeconds)) is the most; have it issued anew"
        case .impossibleTimes:
            "the times of the release are impossible, such as an end before its beginning; have it issued anew"
        case .impossibleDeployment:
            "the release names a deployment that no gate can have: 1 to 40 letters, digits, '-', '_' and '.'"
        }
    }

    /// A length of time in its largest units.
    private static func span(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        default: "\(seconds / 86_400) days"
        }
    }
}
