import Glibc

/// The figures: each as one line of JSON as soon as it is there, all as a table at the end.
struct Report {
    private struct Line {
        var name: String
        var value: Double
        var unit: String
        var peer: (name: String, value: Double)?
    }

    private var lines: [Line] = []
    private(set) var hasFailed = false

    /// - Parameters:
    ///   - name: without the peer's.
    ///   - peer: what was measured beside it in the same run, in the same unit.
    mutating func add(
        _ name: String, _ value: Double, _ unit: String, beside peer: (name: String, value: Double)? = nil
    ) {
        var line = Line(name: name, value: value, unit: unit, peer: peer)
        var json = ""
        if let peer {
            line.name += ".\(peer.name)"
            let ratio = rounded(value / peer.value)
            json = ",\"peer\":\"\(peer.name)\",\"peer_value\":\(rounded(peer.value)),\"ratio\":\(ratio)"
        }
        lines.append(line)
        say("{\"name\":\"\(line.name)\",\"value\":\(rounded(value)),\"unit\":\"\(unit)\"\(json)}")
    }

    mutating func failed(_ what: String, _ error: any Error) {
        hasFailed = true
        complain("\(what): could not be measured: \(error)")
    }

    func printTable() {
        var rows = [["figure", "value", "unit", "peer", "ratio"]]
        for line in lines {
            let peer = line.peer.map { ["\(rounded($0.value))", "\(rounded(line.value / $0.value))"] } ?? ["", ""]
            rows.append([line.name, "\(rounded(line.value))", line.unit] + peer)
        }
        let widths = rows[0].indices.map { column in rows.map(\.[column].count).max() ?? 0 }
        say("")
        for row in rows {
            let cells = zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                // Words to the left, numbers to the right.
                return column == 0 || column == 2 ? cell.0 + space : space + cell.0
            }
            say(cells.joined(separator: "  "))
        }
    }

    /// Four significant digits say more than these figures can.
    private func rounded(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return value }
        let digits = floor(log10(abs(value))) - 3
        // A power of ten below one is not exact.
        let scale = pow(10, abs(digits))
        return digits > 0 ? (value / scale).rounded() * scale : (value * scale).rounded() / scale
    }
}

func complain(_ text: String) { say("bench: \(text)", to: STDERR_FILENO) }

/// Writes a line at once: whoever reads the figures through a pipe sees them as they come.
private func say(_ text: String, to descriptor: CInt = STDOUT_FILENO) {
    var line = Array("\(text)\n".utf8)[...]
    while !line.isEmpty {
        let count = unsafe line.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        line = line.dropFirst(count)
    }
}

extension [Double] {
    /// The value below which `share` (0 to 1) of all lie; the nearest one that was measured.
    func percentile(_ share: Double) -> Double {
        let sorted = sorted()
        guard !sorted.isEmpty else { return .nan }
        return sorted[Swift.min(Swift.max(Int((Double(count) * share).rounded(.up)) - 1, 0), count - 1)]
    }

    var median: Double { percentile(0.5) }
}
