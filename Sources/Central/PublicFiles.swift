import FoundationEssentials
import Hummingbird
import NIOCore

/// Serves what is published, for gates and for caches in between.
struct PublicFiles: Sendable {
    let directory: DataDirectory

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/files/:name") { _, context in
            let name = try context.parameters.require("name")
            guard Self.isPlain(name) else { throw HTTPError(.notFound, message: "There is no such file.") }
            return try await answer(name, context: context)
        }
    }

    private func answer(_ name: String, context: BasicRequestContext) async throws -> Response {
        let path = "\(directory.publicPath)/\(name)"
        let missing = HTTPError(.notFound, message: "There is no file \(name).")
        if name == DataDirectory.manifestName {
            // It may be replaced at any moment, so it is read in one go; it is small.
            guard let content = FileManager.default.contents(atPath: path) else { throw missing }
            return Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: content)))
        }
        // The others never change under their name.
        let body: ResponseBody
        do { body = try await FileIO().loadFile(path: path, context: context) } catch { throw missing }
        return Response(
            status: .ok,
            headers: [
                .contentType: name.hasSuffix(".json") ? "application/json" : "application/octet-stream",
                .cacheControl: "public, max-age=604800, immutable",
            ],
            body: body)
    }

    /// Only names that a manifest can hold, so that no path leads out of the directory.
    private static func isPlain(_ name: String) -> Bool {
        !name.hasPrefix(".") && !name.hasSuffix(".new") && (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
