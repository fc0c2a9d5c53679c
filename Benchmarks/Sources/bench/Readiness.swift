import CHarness
import GateModel
import Glibc
import TrustedFiles

/// `order_snapshot_ready`: from the start of a process to its first answer out of a list that lies there as a file, beside
/// `sha256sum` of the same file. `order_snapshot_rss`: what that process needs for it in memory of its own.
func measureReadiness(_ list: LargeList, _ programs: Programs, isQuick: Bool, into report: inout Report) throws {
    let digest = try answer(of: ["sha256sum", list.path]).text.prefix { $0 != " " }
    let size = try BookContender(path: list.path).byteCount()
    let ready = [programs.listwork, "ready", list.path, "\(size)", "\(digest)", list.sample.token(0).description]
    for isCached in [true, false] {
        var ours: [Double] = []
        var theirs: [Double] = []
        for round in 0..<(isQuick ? 3 : 11) {
            for isOurs in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                if !isCached { try dropFromMemory(list.path) }
                let time = try answer(of: isOurs ? ready : ["sha256sum", list.path]).milliseconds
                if isOurs { ours.append(time) } else { theirs.append(time) }
            }
        }
        report.add(
            "order_snapshot_ready.\(isCached ? "cached" : "disk")", ours.median, "ms",
            beside: ("sha256sum", theirs.median))
    }
    let kibibytes = try answer(of: ready + ["100000"]).text.split { $0 == "\n" || $0 == " " }.compactMap { Double($0) }
    guard kibibytes.count == 2 else { throw Trouble("\(programs.listwork) does not say what memory it has") }
    report.add("order_snapshot_rss.anonymous", (kibibytes[1] - kibibytes[0]) / 1024, "MiB")
}

/// What a program writes, and milliseconds from before its start to the end of its first line.
func answer(of command: [String]) throws -> (text: String, milliseconds: Double) {
    let words = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var answer = [CChar](repeating: 0, count: 4096)
    let time = unsafe harness_answer(words, &answer, answer.count)
    guard time >= 0 else { throw Trouble("\(command.joined(separator: " ")) failed") }
    let text = String(decoding: answer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return (text, Double(time) / 1e6)
}
