import AsyncHTTPClient
import Foundation
import GateModel
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Uplink

/// What a central service answers.
struct FakeAnswer: Sendable, CustomTestStringConvertible {
    var status = HTTPResponse.Status.ok
    var headers: HTTPFields = [:]
    var body: [UInt8] = []
    /// Close the connection after so many bytes of the body.
    var breaksOffAfter: Int?

    static func json(_ value: some Encodable) throws -> FakeAnswer {
        FakeAnswer(body: Array(try JSONEncoder().encode(value)))
    }

    var testDescription: String {
        "\(status.code), \(body.count) bytes, \(breaksOffAfter.map { "cut to \($0)" } ?? "whole")"
    }

    static let notFound = FakeAnswer(status: .notFound)
    static let trouble = FakeAnswer(status: .internalServerError)
}

/// A request as it came.
struct FakeRequest: Sendable {
    var path: String
    var body: [UInt8]
    var authorization: String?
}

/// A central service on a loopback port, which answers as a test wants.
final class FakeCentral: Sendable {
    typealias Handler = @Sendable (FakeRequest) async throws -> FakeAnswer

    let url: String
    /// The path of each request, as it comes.
    let requests: AsyncStream<String>
    let http: HTTPClient
    let health = UplinkHealth()
    private let state: State

    private final class State: Sendable {
        let handler: Mutex<Handler>
        let paths = Mutex<[String]>([])

        init(_ handler: @escaping Handler) { self.handler = Mutex(handler) }
    }

    private init(url: String, requests: AsyncStream<String>, http: HTTPClient, state: State) {
        self.url = url
        self.requests = requests
        self.http = http
        self.state = state
    }

    /// All paths asked for so far.
    var paths: [String] { state.paths.withLock { $0 } }

    func answer(_ handler: @escaping Handler) { state.handler.withLock { $0 = handler } }

    func client(_ clock: any TimeSource = StillClock()) -> CentralClient {
        CentralClient(http: http, url: url, token: "the-token", clock: clock, health: health)
    }

    /// Returns once a request to `path` has come.
    func wait(for path: String) async throws {
        for await asked in requests where asked == path { return }
        throw CancellationError()
    }

    static func with(_ handler: @escaping Handler, _ body: (FakeCentral) async throws -> Void) async throws {
        let state = State(handler)
        let (requests, asked) = AsyncStream.makeStream(of: String.self)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            let content = try await request.body.collect(upTo: 64 << 20)
            let seen = FakeRequest(
                path: request.uri.path, body: Array(content.readableBytesView),
                authorization: request.headers[.authorization])
            state.paths.withLock { $0.append(seen.path) }
            asked.yield(seen.path)
            return response(try await state.handler.withLock { $0 }(seen))
        }
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { listening.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let server = Task { try await application.run() }
        defer { server.cancel() }
        var port = ports.makeAsyncIterator()
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: CentralClient.httpConfiguration)
        let central = FakeCentral(
            url: "http://127.0.0.1:\(await port.next() ?? 0)", requests: requests, http: http, state: state)
        do {
            try await body(central)
            try await http.shutdown()
        } catch {
            try await http.shutdown()
            throw error
        }
    }

    private static func response(_ answer: FakeAnswer) -> Response {
        guard let end = answer.breaksOffAfter else {
            return Response(
                status: answer.status, headers: answer.headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        }
        return Response(
            status: answer.status, headers: answer.headers,
            body: ResponseBody(contentLength: answer.body.count) { writer in
                try await writer.write(ByteBuffer(bytes: answer.body.prefix(end)))
                throw CancellationError()
            })
    }
}

/// A clock that stands still: whoever waits for it waits for ever.
struct StillClock: TimeSource {
    var at = WallTime(secondsSince1970: 1_800_000_000)

    func now() -> TimeStamp {
        TimeStamp(monotonic: MonotonicTime(nanoseconds: 1_000_000_000), wall: at, synchronised: true)
    }
}

/// A directory of a test's own, removed with it.
final class Scratch: Sendable {
    let path = NSTemporaryDirectory() + "uplink-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
