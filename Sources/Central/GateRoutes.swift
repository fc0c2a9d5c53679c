import EventStream
import FoundationEssentials
import GateModel
import Hummingbird
import NIOCore

/// What gates send.
struct GateRoutes: Sendable {
    let store: CentralStore

    func addRoutes(to router: Router<BasicRequestContext>) {
        let group = router.group("/v1/gates/:gate")
        group.post("events") { request, context in
            let gate = try await authenticGate(request, context)
            let batch = try await Self.decode(EventBatch.self, request)
            guard batch.events.count <= EventBatch.largestCount else {
                throw HTTPError.badRequest(
                    "The batch has \(batch.events.count) events; at most \(EventBatch.largestCount) are taken.")
            }
            return Answer.json(try await store.ingest(batch, from: gate, at: .now()))
        }
        group.get("position") { request, context in
            let gate = try await authenticGate(request, context)
            return Answer.json(try await store.position(of: gate))
        }
        group.get("mode-changes") { request, context in
            let gate = try await authenticGate(request, context)
            return Answer.json(try await store.modeChanges(for: gate, at: .now()))
        }
        group.post("alerts") { request, context in
            let gate = try await authenticGate(request, context)
            let alert = try await Self.decode(EventAlert.self, request)
            try Self.checkHouseholdExit(alert.event.body)
            try await store.take(alert, from: gate, at: .now())
            return Answer.json(AlertReceipt())
        }
        group.post("alerts/unrecorded") { request, context in
            let gate = try await authenticGate(request, context)
            let alert = try await Self.decode(UnrecordedAlert.self, request)
            try Self.checkHouseholdExit(alert.body)
            try await store.take(alert, from: gate, at: .now())
            return Answer.json(AlertReceipt())
        }
    }

    private static func checkHouseholdExit(_ body: String) throws(HTTPError) {
        guard Alert.crossing(in: body) != nil else {
            throw HTTPError.badRequest("The event is not a household exit; only those are alerted.")
        }
    }

    private func authenticGate(_ request: Request, _ context: BasicRequestContext) async throws -> String {
        let gate = try context.parameters.require("gate")
        let parts = (request.headers[.authorization] ?? "").split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Self.unauthorized("The request needs the header Authorization: Bearer TOKEN with the gate's token.")
        }
        guard try await store.isAuthentic(gate: gate, token: String(parts[1])) else {
            throw Self.unauthorized(
                "The gate is not known here, or the token is not its own. Add it with: gatehouse-central gate add")
        }
        return gate
    }

    private static func unauthorized(_ message: String) -> HTTPError {
        HTTPError(.unauthorized, headers: [.wwwAuthenticate: "Bearer"], message: message)
    }

    private static func decode<T: Decodable>(_ type: T.Type, _ request: Request) async throws -> T {
        let body = try await request.body.collect(upTo: CentralServer.largestBodyBytes)
        do {
            return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        } catch {
            throw HTTPError.badRequest("The body is not what is expected: \(reason(error))")
        }
    }

    /// Says where the JSON is wrong, without repeating what stands there.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it cannot be read." }
        switch error {
        case .keyNotFound(let key, let context): return "\(place(context)) has no \(key.stringValue)."
        case .typeMismatch(let type, let context): return "\(place(context)) is not of type \(type)."
        case .valueNotFound(_, let context): return "\(place(context)) is missing."
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is not JSON." : "\(place(context)): \(context.debugDescription)."
        @unknown default: return "it cannot be read."
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        guard !context.codingPath.isEmpty else { return "the object" }
        return context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}
