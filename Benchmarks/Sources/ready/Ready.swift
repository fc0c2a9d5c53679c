import GateModel
import Glibc
import Orders
import TrustedFiles

/// Makes a list ready as a gate does when it starts: checks its digest, maps it and looks the first person up.
///
///     ready FILE SIZE SHA256 TOKEN [LOOKUPS]
///
/// SIZE in bytes, TOKEN in 16 hexadecimal digits. Writes a line as soon as the answer is there. With LOOKUPS, then looks as many
/// up from all over the list, and writes the kibibytes of anonymous memory that it had at its beginning and has at its end.
@main
enum Ready {
    static func main() throws {
        let before = try anonymousKibibytes()
        let arguments = CommandLine.arguments
        guard arguments.count >= 5, let size = UInt64(arguments[2]), let token = UInt64(arguments[4], radix: 16) else {
            throw Trouble(description: "usage: ready FILE SIZE SHA256 TOKEN [LOOKUPS]")
        }
        try verify(arguments[1], as: Manifest.File(role: .orders, name: "list", size: size, sha256: arguments[3]))
        let book = try OrderBook(mapping: MappedFile(path: arguments[1]))
        let isListed = book.order(for: SubjectToken(rawValue: token)) != nil
        write(isListed ? "listed\n" : "not listed\n")

        guard arguments.count > 5, let lookups = Int(arguments[5]), lookups > 0 else { return }
        let step = max(1, book.count / lookups * 2)
        var place = 0
        var found = 0
        book.forEachOrder { token, _ in
            if place % step == 0 {
                found += book.order(for: token) == nil ? 0 : 1
                found += book.order(for: SubjectToken(rawValue: token.rawValue ^ 1)) == nil ? 0 : 1
            }
            place += 1
        }
        guard found > 0 else { throw Trouble(description: "nobody is listed") }
        write("\(before) \(try anonymousKibibytes())\n")
    }

    /// In pieces as large as those of the gate's own store.
    private static func verify(_ path: String, as file: Manifest.File) throws {
        var verifier = FileVerifier(expecting: file)
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Trouble(description: "\(path) cannot be opened") }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            try verifier.update(buffer[..<count])
        }
        try verifier.finish()
    }

    private static func anonymousKibibytes() throws -> Int {
        var text = [UInt8](repeating: 0, count: 4096)
        let descriptor = unsafe open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let count = unsafe text.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        let line = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("Anonymous:") }
        guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Trouble(description: "/proc/self/smaps_rollup has no anonymous memory")
        }
        return kibibytes
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}

private struct Trouble: Error {
    var description: String
}
