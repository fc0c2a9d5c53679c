import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// `GET` with a bound on everything that comes back: bytes, time, and no redirects.
struct HTTPFetcher: Sendable {
    let http: HTTPClient
    let settings: RepositorySettings

    /// What answers a request for the rest of a file.
    enum Beginning {
        /// The file from its first byte.
        case whole
        /// The file from the byte that was asked for.
        case rest
        /// There is no such rest; nothing follows.
        case noRest
    }

    /// The body of a small file, `nil` if there is none (404, 403).
    func content(_ url: String, limit: Int) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        do {
            try await get(url, limit: Int64(limit), time: settings.answerTime) { bytes += $0 }
        } catch FetchError.missing {
            return nil
        }
        return bytes
    }

    /// The body, handed over piece by piece.
    ///
    /// - Parameters:
    ///   - url: the address.
    ///   - offset: how many bytes at the beginning are there already.
    ///   - limit: how many bytes there may be, those included.
    ///   - time: for the whole answer.
    ///   - begin: told once before the first piece.
    ///   - each: told each piece.
    func get(
        _ url: String, from offset: Int64 = 0, limit: Int64, time: Duration,
        begin: (Beginning) async throws -> Void = { _ in }, each: ([UInt8]) async throws -> Void
    ) async throws {
        let started = ContinuousClock.now
        let response = try await execute(url, from: offset, time)
        let beginning = try Self.beginning(of: response, url, offset)
        try await begin(beginning)
        if case .noRest = beginning { return }
        var room = limit
        if case .rest = beginning { room -= offset }
        if let length = response.headers.first(name: "Content-Length").flatMap({ Int64($0) }), length > room {
            throw FetchError.tooLong(url: url, limit: limit)
        }
        var body = response.body.makeAsyncIterator()
        while let piece = try await next(of: &body, url) {
            guard started.duration(to: .now) < time else { throw Self.tooSlow(url, time) }
            room -= Int64(piece.readableBytes)
            guard room >= 0 else { throw FetchError.tooLong(url: url, limit: limit) }
            try await each(Array(piece.readableBytesView))
        }
    }

    private func execute(_ url: String, from offset: Int64, _ time: Duration) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        if offset > 0 { request.headers.add(name: "Range", value: "bytes=\(offset)-") }
        do {
            return try await http.execute(request, timeout: TimeAmount(time))
        } catch let error as CancellationError {
            throw error
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw Self.tooSlow(url, time)
        } catch {
            throw FetchError.failed(url: url, reason: "no answer came (\(error))")
        }
    }

    private func next(
        of body: inout HTTPClientResponse.Body.AsyncIterator, _ url: String
    ) async throws -> ByteBuffer? {
        do {
            return try await body.next(isolation: #isolation)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw FetchError.failed(url: url, reason: "the answer broke off (\(error))")
        }
    }

    private static func beginning(
        of response: HTTPClientResponse, _ url: String, _ offset: Int64
    ) throws(FetchError) -> Beginning {
        switch response.status {
        case .ok: return .whole
        case .partialContent where offset > 0:
            let range = response.headers.first(name: "Content-Range") ?? ""
            return range.hasPrefix("bytes \(offset)-") ? .rest : .noRest
        case .rangeNotSatisfiable where offset > 0: return .noRest
        case .notFound, .forbidden: throw .missing(url: url)
        default: throw .status(url: url, code: response.status.code)
        }
    }

    private static func tooSlow(_ url: String, _ time: Duration) -> FetchError {
        .tooSlow(url: url, seconds: time.components.seconds)
    }
}
