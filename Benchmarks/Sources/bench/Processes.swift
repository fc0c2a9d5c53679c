import FoundationEssentials

/// `cold_start`: from the exec of the daemon to its first release, with the list stored. `rss`: its memory a second later.
func measureColdStart(
    _ list: SampleList, _ programs: Programs, folder: String, isQuick: Bool, into report: inout Report
) throws {
    let gate = try Gate(folder: "\(folder)/cold", list: list, entries: 1)
    var times: [Double] = []
    var anonymous: [Double] = []
    var total: [Double] = []
    for round in 0..<(isQuick ? 3 : 16) {
        try gate.withDaemon(programs) { daemon in
            let time = try daemon.firstRelease(scanning: list.clear[round])
            // The first start makes the ledger, and reads the program from disk.
            guard round > 0 else { return try daemon.checkList(isolated: list.isolated[0]) }
            times.append(time)
            daemon.pass(milliseconds: 1000)
            let memory = try Memory(of: daemon.process)
            anonymous.append(memory.anonymous)
            total.append(memory.total)
        }
    }
    report.add("cold_start", times.median, "ms")
    report.add("rss.anonymous", anonymous.median, "MiB")
    report.add("rss.total", total.median, "MiB")
}

/// `scan_to_relay`: from the last byte of a scan to the edge at the lock, beside the floor.
///
/// Both run all the time and are measured in turns. Each has lanes enough for a lane to be locked again when its turn
/// comes: a grant on a released lane makes no edge.
func measureScans(
    _ list: SampleList, _ programs: Programs, folder: String, isQuick: Bool, into report: inout Report
) throws {
    let gate = try Gate(folder: "\(folder)/gate", list: list, entries: 64, exits: 32)
    let floorGate = try Gate(folder: "\(folder)/floor", list: nil, entries: 64)
    let rounds = isQuick ? 2 : 20
    let scans = isQuick ? 128 : 512
    // One in four is on the list, with a notice that only counts.
    var people: [String] = list.clear.prefix(list.exposed.count * 3) + list.exposed
    var random = SeededGenerator(state: 11)
    people.shuffle(using: &random)

    var ours: [[Double]] = []
    var floors: [[Double]] = []
    var reported: [Double] = []
    try floorGate.withFloor(programs) { floor in
        try gate.withDaemon(programs) { daemon in
            _ = try floor.firstRelease(scanning: people[0])
            _ = try daemon.firstRelease(scanning: people[0])
            try daemon.checkList(isolated: list.isolated[0])
            // The first of `rounds + 1` warms up.
            for round in 0...rounds {
                // Who goes first changes, so that neither profits from its place.
                for isFloor in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                    let side = isFloor ? floor : daemon
                    var times: [Double] = []
                    for scan in 0..<(round == 0 ? 64 : scans) {
                        times.append(try side.scan(people[scan % people.count], at: scan % 64))
                        // 5 to 9 ms with what a scan itself passes, so that no timer keeps step.
                        side.pass(milliseconds: 3 + Double(random.next() % 4000) / 1000)
                    }
                    guard round > 0 else { continue }
                    if isFloor { floors.append(times) } else { ours.append(times) }
                }
            }
            // A household exit is on disk before the lane opens.
            for scan in 0..<(isQuick ? 64 : 1024) {
                reported.append(try daemon.scan(list.isolated[scan % list.isolated.count], at: 64 + scan % 32))
                daemon.pass(milliseconds: 14 + Double(random.next() % 4000) / 1000)
            }
        }
    }
    for (word, share) in [("p50", 0.5), ("p99", 0.99)] {
        report.add(
            "scan_to_relay.\(word)", ours.map { $0.percentile(share) }.median, "us",
            beside: ("c_floor", floors.map { $0.percentile(share) }.median))
    }
    // A round has too few scans for one in a thousand.
    report.add(
        "scan_to_relay.p99.9", ours.flatMap(\.self).percentile(0.999), "us",
        beside: ("c_floor", floors.flatMap(\.self).percentile(0.999)))
    for (word, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        report.add("scan_to_relay.reported.\(word)", reported.percentile(share), "us")
    }
}

/// What a process holds in memory, in MiB.
private struct Memory {
    /// Its own: heap, stacks, written data.
    var anonymous: Double
    /// With the pages of program, libraries and list that are mapped now.
    var total: Double

    init(of process: CInt) throws {
        let path = "/proc/\(process)/smaps_rollup"
        guard let text = try? String(contentsOf: URL(filePath: path), encoding: .utf8) else {
            throw Trouble("\(path) cannot be read")
        }
        func mebibytes(_ field: String) throws -> Double {
            let line = text.split(separator: "\n").first { $0.hasPrefix("\(field):") }
            guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else {
                throw Trouble("\(path) has no \(field)")
            }
            return kibibytes / 1024
        }
        anonymous = try mebibytes("Anonymous")
        total = try mebibytes("Rss")
    }
}
