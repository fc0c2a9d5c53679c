import GateModel
import Orders
import TrustedFiles

/// Makes a list ready as a gate does when it starts: checks its digest, maps it and looks the first person up.
///
/// - Parameter arguments: FILE SIZE SHA256 TOKEN [LOOKUPS]; SIZE in bytes, TOKEN in 16 hexadecimal digits.
///
/// Writes a line as soon as the answer is there. With LOOKUPS, then looks as many up from all over the list, and writes
/// the KiB of anonymous memory that it had at its beginning and has at its end.
func makeReady(_ arguments: [String]) throws {
    let before = try anonymousKibibytes()
    guard let size = UInt64(arguments[1]), let token = UInt64(arguments[3], radix: 16) else {
        throw Trouble("SIZE or TOKEN is not a number")
    }
    let file = NamedFile(name: "list", size: size, sha256: arguments[2])
    var verifier = TargetVerifier(file)
    try forEachPiece(of: arguments[0]) { try verifier.update($0) }
    try verifier.finish()
    let book = try OrderBook(mapping: MappedFile(path: arguments[0]))
    say(book.order(for: SubjectToken(rawValue: token)) == nil ? "not listed" : "listed")

    guard arguments.count > 4, let lookups = Int(arguments[4]), lookups > 0 else { return }
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
    guard found > 0 else { throw Trouble("nobody is listed") }
    say("\(before) \(try anonymousKibibytes())")
}
