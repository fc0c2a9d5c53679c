import Glibc
import Orders

/// Merges the changes of a delta into a book, as a gate does.
///
/// - Parameter arguments: BOOK DELTA NEXT [memory]; NEXT is the file to be written.
///
/// Writes how many bytes it has handed to the kernel, once they are on disk; with `memory`, then the most KiB of anonymous
/// memory by which it has grown, looked at every million orders or so, which takes time.
func merge(_ arguments: [String]) throws {
    let before = try anonymousKibibytes()
    var most = before
    var pauses = 0
    var bytes: [UInt8] = []
    try forEachPiece(of: arguments[1]) { bytes += $0 }
    let list = try OrderList(OrderBook(mapping: MappedFile(path: arguments[0]))).applying(OrderDelta(bytes: bytes))
    let next = unsafe open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard next >= 0 else { throw Trouble("\(arguments[2]) cannot be made") }
    defer { close(next) }
    var written = 0
    let length = try list.writeBook { (piece, offset) throws(OrderBookBuildError) in
        let count = unsafe piece.withUnsafeBytes { unsafe pwrite(next, $0.baseAddress, $0.count, offset) }
        guard count == piece.count else { throw .cannotWrite(reason: "the disk is full") }
        written += count
    } pause: { () throws(OrderBookBuildError) in
        pauses += 1
        guard arguments.count > 3, pauses.isMultiple(of: 256) else { return }
        guard let now = try? anonymousKibibytes() else { throw .cancelled }
        most = max(most, now)
    }
    guard fsync(next) == 0, written >= length else { throw Trouble("\(arguments[2]) is not on disk") }
    say("\(written) \(most - before)")
}
