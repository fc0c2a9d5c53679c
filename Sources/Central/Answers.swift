import FoundationEssentials
import Hummingbird
import Logging
import NIOCore

/// JSON answers.
enum Answer {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let content = try? encoder.encode(value) else { return Response(status: .internalServerError) }
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: content)))
    }

    static func error(_ status: HTTPResponse.Status, _ message: String) -> Response {
        json(["error": message], status: status)
    }
}

/// Turns everything that is thrown into `{"error": "..."}`.
struct ErrorAnswers: RouterMiddleware {
    func handle(
        _ request: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            return Answer.error(error.status, error.body ?? error.status.reasonPhrase)
        } catch let error as any HTTPResponseError {
            return Answer.error(error.status, error.status.reasonPhrase)
        } catch is NIOTooManyBytesError {
            return Answer.error(.contentTooLarge, "The body is larger than \(CentralServer.largestBodyBytes) bytes.")
        } catch let error as CentralError {
            // The operator reads it in the log; the gate only learns that it may try again.
            context.logger.error("\(error)")
            return Answer.error(.serviceUnavailable, "The central service cannot store anything now. Try again later.")
        }
    }
}

extension HTTPError {
    static func badRequest(_ message: String) -> HTTPError { HTTPError(.badRequest, message: message) }
}
