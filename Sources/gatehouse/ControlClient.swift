import ArgumentParser
import AsyncHTTPClient
import Control
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Settings

/// Calls the daemon's control API.
struct ControlClient {
    let socket: String

    /// Lives as long as the program. A socket that nobody listens on is an answer, not a reason to try again.
    private static let http = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    init(socket: String) { self.socket = socket }

    init(_ options: CommonOptions) throws {
        if let socket = options.socket {
            self.socket = socket
            return
        }
        do throws(SettingsError) {
            socket = try GateSettings.load(path: options.config).controlSocket
        } catch {
            throw Trouble(
                "\(error)\nname the control socket with --socket, or the right configuration file with --config",
                .refused)
        }
    }

    func get<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) async throws -> Value {
        try await call(path, body: nil)
    }

    func post<Value: Decodable>(_ path: String, _ body: some Encodable, as type: Value.Type = Value.self) async throws
        -> Value
    {
        try await call(path, body: try JSONEncoder().encode(body))
    }

    private func request(_ path: String) -> HTTPClientRequest {
        HTTPClientRequest(url: "http+unix://\(Self.escaped(socket))\(path)")
    }

    /// - Parameters:
    ///   - path: one of ``ControlPath``.
    ///   - name: stands for what begins with `:` there.
    static func path(_ path: String, of name: String) -> String {
        path.split(separator: "/").map { "/" + ($0.hasPrefix(":") ? escaped(name) : String($0)) }.joined()
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    /// A call with a body is a POST.
    private func call<Value: Decodable>(_ path: String, body: Data?) async throws -> Value {
        var request = request(path)
        if let body {
            request.method = .POST
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response: HTTPClientResponse
        let answer: ByteBuffer
        do {
            response = try await Self.http.execute(request, timeout: .seconds(30))
            answer = try await response.body.collect(upTo: 16 << 20)
        } catch {
            throw unreachable(error)
        }
        guard response.status == .ok else {
            let failure = try? JSONDecoder().decode(ControlFailure.self, from: Data(answer.readableBytesView))
            throw Trouble(failure?.error ?? "the daemon answered \(response.status)", .refused)
        }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(answer.readableBytesView))
        } catch {
            throw Trouble("the daemon's answer is not understood; is it of another version than this tool?", .refused)
        }
    }

    /// The lines of an answer that goes on, one at a time.
    ///
    /// - Parameter connected: called when there is an answer.
    private func lines(
        _ path: String, connected: () -> Void = {}, each: (String) throws -> Void
    ) async throws {
        let response: HTTPClientResponse
        do {
            response = try await Self.http.execute(request(path), timeout: .hours(24 * 365))
        } catch {
            throw unreachable(error)
        }
        connected()
        var pending = ByteBuffer()
        for try await part in response.body {
            pending.writeImmutableBuffer(part)
            while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let line = pending.readString(length: end - pending.readerIndex) ?? ""
                pending.moveReaderIndex(forwardBy: 1)
                try each(line)
            }
            pending.discardReadBytes()
        }
    }

    /// Prints the lines of an answer that goes on, as they are or in words. What another version sends is left out of
    /// the words.
    func printLines<Line: Decodable>(_ path: String, json: Bool, _ words: (Line) -> String) async throws {
        try await lines(path) { line in
            guard !line.isEmpty else { return }
            if json {
                Output.line(line)
            } else if let decoded = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) {
                Output.line(words(decoded))
            }
        }
    }

    /// Follows what happens at the gate, until the daemon ends. What another version sends is left out.
    func watch(connected: () -> Void, each: (WatchLine) -> Void) async throws {
        try await lines(ControlPath.watch, connected: connected) { line in
            if let decoded = try? JSONDecoder().decode(WatchLine.self, from: Data(line.utf8)) { each(decoded) }
        }
    }

    private func unreachable(_ error: any Error) -> Trouble {
        Trouble(
            "gatehoused does not answer on \(socket): it does not run, or this user may not ask it (\(error))",
            .unreachable)
    }
}

/// Something for the person at the terminal, with the exit status.
struct Trouble: Error, CustomStringConvertible {
    let message: String
    let status: ExitCode

    init(_ message: String, _ status: ExitCode) {
        self.message = message
        self.status = status
    }

    var description: String { message }
}
