import FoundationEssentials
import Glibc

/// Measures Gatehouse beside its peers.
///
///     bench PROGRAMS FOLDER [FIGURE…]
///
/// PROGRAMS holds `gatehoused` for the figures `cold`, `scan` and `egress`, FOLDER is for files and sockets, FIGURE is one of ``Figure``'s words.
/// Exit status: 0; 1 when a figure could not be measured; 64 for wrong arguments.
@main
enum Bench {
    enum Figure: String, CaseIterable {
        case orders, lookup, ready, merge, decoders, cold, scan, egress
    }

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        let chosen = arguments.dropFirst(2).map(Figure.init(rawValue:))
        guard arguments.count >= 2, !chosen.contains(nil) else {
            complain("usage: bench PROGRAMS FOLDER [\(Figure.allCases.map(\.rawValue).joined(separator: "|"))…]")
            exit(64)
        }
        let directory = arguments[arguments.startIndex]
        let folder = arguments[arguments.startIndex + 1]
        let isQuick = ProcessInfo.processInfo.environment["BENCH_QUICK"] == "1"
        // What lies in the folder is for the daemon alone.
        umask(0o077)
        let figures = chosen.isEmpty ? Figure.allCases : chosen.compactMap(\.self)

        let programs = Programs(directory: directory)
        var report = Report()
        var made: SampleList?
        /// Takes seconds to make, and decoders do not need it.
        func list() throws -> SampleList {
            let list = try made ?? SampleList(orders: 1_170_000)
            made = list
            return list
        }
        var largest: LargeList?
        /// A megacity's list. Takes longer still.
        func largeList() throws -> LargeList {
            let list = try largest ?? LargeList(orders: isQuick ? 1_000_000 : 10_000_000, folder: folder)
            largest = list
            return list
        }
        for figure in figures {
            do {
                switch figure {
                case .orders:
                    try measureSize(LargeList(orders: 1_170_000, folder: folder), into: &report)
                    try measureSize(largeList(), into: &report)
                case .lookup: try measureLookup(largeList(), folder: folder, isQuick: isQuick, into: &report)
                case .ready: try measureReadiness(largeList(), programs, isQuick: isQuick, into: &report)
                case .merge:
                    try measureMerge(largeList(), programs, folder: folder, isQuick: isQuick, into: &report)
                case .decoders: try measureDecoders(isQuick: isQuick, into: &report)
                case .cold: try measureColdStart(list(), programs, folder: folder, isQuick: isQuick, into: &report)
                case .scan: try measureScans(list(), programs, folder: folder, isQuick: isQuick, into: &report)
                case .egress: try measureEgress(list(), programs, folder: folder, isQuick: isQuick, into: &report)
                }
            } catch {
                report.failed("\(figure)", error)
            }
        }
        report.printTable()
        exit(report.hasFailed ? 1 : 0)
    }
}

/// Where the programs that are measured lie.
struct Programs {
    var directory: String

    var gatehoused: String { "\(directory)/gatehoused" }
    var floor: String { "\(own)floor" }
    var listwork: String { "\(own)listwork" }

    /// Where this program lies, and those that are built with it.
    private var own: String { String(CommandLine.arguments[0].reversed().drop { $0 != "/" }.reversed()) }
}

/// Why a figure could not be measured.
struct Trouble: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// What the last C call that failed says.
func lastReason() -> String { unsafe String(cString: strerror(errno)) }
