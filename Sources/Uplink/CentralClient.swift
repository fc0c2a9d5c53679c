public import AsyncHTTPClient
import FoundationEssentials
public import GateModel
import NIOCore
import NIOHTTP1

/// Calls to the central service failed.
public struct CentralError: Error, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}

/// HTTP to the central service, with deadlines and bounds on everything that comes back.
public struct CentralClient: Sendable {
    let http: HTTPClient
    /// Without a trailing slash.
    let url: String
    let token: String
    let clock: any TimeSource
    public let health: UplinkHealth

    public init(http: HTTPClient, url: String, token: String, clock: any TimeSource, health: UplinkHealth) {
        self.http = http
        self.url = url
        self.token = token
        self.clock = clock
        self.health = health
    }

    /// What the gate asks of its HTTP client. A redirect is an answer that cannot be used: the address is in the
    /// configuration and nowhere else.
    public static var httpConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(30))
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        // The callers try again in their own time.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    func get<Reply: Decodable>(_ path: String, as: Reply.Type = Reply.self) async throws -> Reply {
        try await call(HTTPClientRequest(url: url + path), path)
    }

    func post<Reply: Decodable>(_ path: String, _ body: some Encodable, as: Reply.Type = Reply.self) async throws
        -> Reply
    {
        var request = HTTPClientRequest(url: url + path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        return try await call(request, path)
    }

    /// In the gate's own name.
    private func call<Reply: Decodable>(_ request: HTTPClientRequest, _ path: String) async throws -> Reply {
        var request = request
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        let response = try await execute(request)
        let answer: ByteBuffer
        do {
            answer = try await response.body.collect(upTo: 1 << 20)
        } catch {
            throw failure("\(request.method) \(path) broke off: \(error)")
        }
        guard response.status == .ok else {
            let text = String(buffer: answer).prefix(200)
            throw failure("\(request.method) \(path) was answered with \(response.status): \(text)")
        }
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(answer.readableBytesView)) else {
            throw failure("\(request.method) \(path) was answered with something that is not understood")
        }
        health.succeeded(at: clock.monotonic)
        return reply
    }

    private func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await http.execute(request, timeout: .seconds(30))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw failure("the central service does not answer (\(error))")
        }
    }

    /// An answer that cannot be used counts as no answer.
    private func failure(_ text: String) -> CentralError {
        health.failed(text)
        return CentralError(text)
    }
}
