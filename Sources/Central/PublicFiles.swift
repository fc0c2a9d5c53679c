import EventStream
import FoundationEssentials
import GateModel
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Serves what is published, for gates and for caches in between. Any other web server does as well.
struct PublicFiles: Sendable {
    let directory: DataDirectory
    let hints: ChangeHints

    /// The longest that a request for changes is held, in seconds.
    static let longestWait = 60

    func addRoutes(to router: Router<BasicRequestContext>, logger: Logger) {
        router.add(
            middleware: FileMiddleware(
                directory.publicPath,
                // But for the one below, files never change under their name.
                cacheControl: CacheControl([(MediaType(type: .any), [.public, .maxAge(604_800), .immutable])]),
                logger: logger))
        // It may be replaced at any moment, so it is read in one go; it is small.
        router.get("/metadata/timestamp.json") { _, _ in
            guard let content = FileManager.default.contents(atPath: directory.metadataPath + "/timestamp.json") else {
                throw HTTPError(.notFound, message: "Nothing is published.")
            }
            return Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: content)))
        }
        router.get("/v1/changes") { request, _ in
            let query = request.uri.queryParameters
            guard let after = UInt64(query["after"] ?? "0"), let wait = UInt64(query["wait"] ?? "0") else {
                throw HTTPError.badRequest("after and wait must be whole numbers: /v1/changes?after=17&wait=30")
            }
            let until = ContinuousClock.now + .seconds(min(wait, UInt64(Self.longestWait)))
            // The server waits for its requests before it stops: these need not be waited for.
            let version = await cancelWhenGracefulShutdown { await hints.version(after: after, until: until) }
            return Answer.json(PublishedVersion(version: version))
        }
    }
}
