/// `lane_egress`: from the edge of the exit button to the edge at the lock, beside the floor, while the ledger's disk does not
/// answer, a report waits for it, and there is no network.
///
/// As in `scan_to_relay` both run all the time and are measured in turns.
func measureEgress(
    _ list: SampleList, _ programs: Programs, folder: String, isQuick: Bool, into report: inout Report
) throws {
    let gate = try Gate(folder: "\(folder)/leave", list: list, entries: 64, exits: 1)
    let floorGate = try Gate(folder: "\(folder)/level", list: nil, entries: 64)
    let rounds = isQuick ? 2 : 20
    let presses = isQuick ? 128 : 512
    var random = SeededGenerator(state: 12)
    var ours: [[Double]] = []
    var floors: [[Double]] = []
    try floorGate.withFloor(programs) { floor in
        try gate.withDaemon(programs) { daemon in
            _ = try floor.firstRelease(scanning: list.clear[0])
            _ = try daemon.firstRelease(scanning: list.clear[0])
            try daemon.checkList(isolated: list.isolated[0])
            try daemon.withStalledLedger {
                _ = try daemon.scan(list.isolated[0], at: 64)
                // The first of `rounds + 1` warms up.
                for round in 0...rounds {
                    for isFloor in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                        let side = isFloor ? floor : daemon
                        var times: [Double] = []
                        for press in 0..<(round == 0 ? 64 : presses) {
                            times.append(try side.press(at: press % 64))
                            side.pass(milliseconds: 5 + Double(random.next() % 4000) / 1000)
                        }
                        guard round > 0 else { continue }
                        if isFloor { floors.append(times) } else { ours.append(times) }
                    }
                }
            }
        }
    }
    for (word, share) in [("p50", 0.5), ("p99", 0.99)] {
        report.add(
            "lane_egress.\(word)", ours.map { $0.percentile(share) }.median, "us",
            beside: ("c_floor", floors.map { $0.percentile(share) }.median))
    }
}
