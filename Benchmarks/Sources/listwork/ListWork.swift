import Glibc

/// What a gate does with its list, and nothing else: a process for each, so that time and memory can be told.
///
///     listwork ready FILE SIZE SHA256 TOKEN [LOOKUPS]
///     listwork merge BOOK DELTA NEXT [memory]
@main
enum ListWork {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("ready", 5...6): try makeReady(Array(arguments.dropFirst()))
        case ("merge", 4...5): try merge(Array(arguments.dropFirst()))
        default:
            throw Trouble("usage: listwork ready FILE SIZE SHA256 TOKEN [LOOKUPS] | merge BOOK DELTA NEXT [memory]")
        }
    }
}

struct Trouble: Error {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Writes a line at once.
func say(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

/// Calls `body` with each piece of a file, as large as those of the gate's own store.
func forEachPiece(of path: String, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Trouble("\(path) cannot be opened") }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    while true {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw Trouble("\(path) cannot be read") }
        guard count > 0 else { return }
        try body(buffer[..<count])
    }
}

/// The memory of this process that is no file's, in KiB.
func anonymousKibibytes() throws -> Int {
    var text = [UInt8](repeating: 0, count: 4096)
    let descriptor = unsafe open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    let count = unsafe text.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    let line = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("Anonymous:") }
    guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
        throw Trouble("/proc/self/smaps_rollup has no anonymous memory")
    }
    return kibibytes
}
