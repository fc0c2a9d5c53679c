/// Why something could not be fetched.
public enum FetchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The address cannot be asked, does not answer, or the answer broke off.
    case failed(url: String, reason: String)
    /// It is not there, or nobody may have it: 404 or 403.
    case missing(url: String)
    /// Another status than 200 or 206. Redirects are not followed.
    case status(url: String, code: UInt)
    /// The answer as a whole took too long.
    case tooSlow(url: String, seconds: Int64)
    case tooLong(url: String, limit: Int64)
    /// No URL of targets was given.
    case noTargetsURL

    public var description: String {
        switch self {
        case .failed(let url, let reason): "GET \(url): \(reason). Check the address and the network."
        case .missing(let url): "GET \(url): the repository has no such file. Check the address."
        case .status(let url, let code) where (300..<400).contains(code):
            "GET \(url) was answered with status \(code), a redirect. None is followed: give the address itself."
        case .status(let url, let code): "GET \(url) was answered with status \(code). Check the repository's server."
        case .tooSlow(let url, let seconds):
            "GET \(url): the whole answer took more than \(seconds) s. It was given up."
        case .tooLong(let url, let limit): "GET \(url): the answer goes on after the \(limit) bytes that are taken."
        case .noTargetsURL: "No address of targets was given."
        }
    }
}
