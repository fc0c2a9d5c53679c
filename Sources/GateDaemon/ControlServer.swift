import Control
import EventStream
import FoundationEssentials
import GateModel
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The control API: HTTP on a Unix socket, so that `curl --unix-socket` works. The socket's mode decides who may connect.
struct ControlServer {
    let gatekeeper: Gatekeeper
    let journal: Journal
    let status: StatusGatherer
    let watch: WatchHub
    let monitor: MonitorHub

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("\(ControlPath.status)") { _, _ in try await Answer.json(status.report()) }
        router.get("\(ControlPath.watch)") { _, _ in live(watch) { _ in true } }
        router.get("\(ControlPath.monitor)") { request, _ in
            let reader = request.uri.queryParameters.get("reader").map { ReaderID(rawValue: $0) }
            return live(monitor) { reader == nil || $0.reader == reader }
        }
        router.get("\(ControlPath.verify)") { _, _ in await Answer.guarded { try await verify() } }
        router.get("\(ControlPath.events)") { request, _ in await Answer.guarded { try await events(request) } }
        router.post("\(ControlPath.command)") { request, context in
            await Answer.guarded { try await command(request, context) }
        }
        router.post("\(ControlPath.scan)") { request, context in
            await Answer.guarded { try await scan(Answer.decode(ScanRequest.self, request, context)) }
        }
        router.post("\(ControlPath.release)") { request, context in
            await Answer.guarded { try await override(.release, request, context) }
        }
        router.post("\(ControlPath.fireReset)") { request, context in
            await Answer.guarded { try await override(.fireReset, request, context) }
        }
        router.post("\(ControlPath.mode)") { request, context in
            await Answer.guarded { try await mode(request, context) }
        }
        return router
    }

    private func live<Line: Encodable & Sendable>(
        _ hub: LiveHub<Line>, _ fits: @escaping @Sendable (Line) -> Bool
    ) -> Response {
        let lines = hub.subscribe()
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                // The headers go out with the first write: a watcher must know at once that it is connected.
                try await writer.write(ByteBuffer())
                for await line in lines.cancelOnGracefulShutdown() where fits(line) {
                    try await writer.write(Answer.line(line))
                }
                try await writer.finish(nil)
            })
    }

    private func scan(_ request: ScanRequest) async throws -> Response {
        try Answer.json(try await gatekeeper.scan(request))
    }

    private func command(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let command = try await Answer.decode(ReaderCommand.self, request, context)
        let reader = ReaderID(rawValue: try context.parameters.require("reader"))
        return try Answer.json(try await gatekeeper.command(command, reader: reader))
    }

    private func override(
        _ act: Overridden.Act, _ request: Request, _ context: BasicRequestContext
    ) async throws -> Response {
        let order = try await Answer.decode(OverrideRequest.self, request, context)
        let lane = LaneID(rawValue: try context.parameters.require("lane"))
        let done = try await gatekeeper.override(
            act, lane: lane, operator: order.operator, reason: order.reason, caseCode: order.caseCode,
            releaseTime: order.seconds.map { .seconds($0) })
        return try Answer.json(done)
    }

    private func mode(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let order = try await Answer.decode(ModeRequest.self, request, context)
        try await gatekeeper.change(order, lane: LaneID(rawValue: try context.parameters.require("lane")))
        return try Answer.json(Done())
    }

    private func verify() async throws -> Response {
        try Answer.json(try await journal.verify())
    }

    private func events(_ request: Request) async throws -> Response {
        let after = request.uri.queryParameters.get("after", as: UInt64.self) ?? 0
        let limit = min(max(request.uri.queryParameters.get("limit", as: Int.self) ?? 100, 1), 1000)
        return try Answer.json(try await journal.events(after: after, limit: limit))
    }
}

/// Answers of the local HTTP servers.
enum Answer {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: try line(value))
        )
    }

    /// A line of JSON with sorted keys.
    static func line(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var buffer = ByteBuffer(bytes: try encoder.encode(value))
        buffer.writeInteger(UInt8(ascii: "\n"))
        return buffer
    }

    /// Turns every error into a sentence for the person who asked.
    static func guarded(_ answer: () async throws -> Response) async -> Response {
        do {
            return try await answer()
        } catch let failure as ControlFailure {
            return refusal(failure, status: .badRequest)
        } catch let error as any HTTPResponseError {
            return refusal(ControlFailure("the request is not understood: \(error)"), status: error.status)
        } catch {
            return refusal(ControlFailure("the gate could not do it: \(error)"), status: .internalServerError)
        }
    }

    private static func refusal(_ failure: ControlFailure, status: HTTPResponse.Status) -> Response {
        (try? json(failure, status: status)) ?? Response(status: status)
    }

    static func decode<Value: Decodable>(
        _: Value.Type, _ request: Request, _ context: BasicRequestContext
    ) async throws -> Value {
        let body = try await request.body.collect(upTo: 64 << 10)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(body.readableBytesView))
        } catch {
            throw ControlFailure("the body is not the JSON that is expected here (\(Value.self))")
        }
    }
}
