import CHarness

/// Measures one decoder after the other: frames per second, and what a frame costs in allocations.
struct DecoderMeter {
    /// The least that can be done with the same bytes.
    struct Floor {
        var name: String
        /// Nanoseconds for so many passes.
        var time: (Int) -> Int64
    }

    /// A pass is the shortest thing to be done again and again, and must not be lost in the cost of measuring it.
    private static let roundTime: Int64 = 5_000_000
    private let rounds: Int

    /// Throws unless allocations are really counted.
    init(isQuick: Bool) throws {
        rounds = isQuick ? 3 : 21
        let before = harness_allocations()
        for count in 1...Self.checkedArrays where array(of: count).count != count {
            throw Trouble("an array is not whole")
        }
        let counted = harness_allocations() - before
        guard counted == UInt64(Self.checkedArrays) else {
            throw Trouble(
                "\(counted) allocations were counted for \(Self.checkedArrays) arrays; is malloc another one?")
        }
    }

    private static let checkedArrays = 1000

    /// - Parameters:
    ///   - passes: in a round; `nil`: as many as take long enough to be measured.
    ///   - frames: in a pass.
    ///   - pass: gives back how many frames were read, to be compared with `frames`.
    func measure(
        _ name: String, passes fixed: Int? = nil, frames: Int, into report: inout Report, beside floor: Floor? = nil,
        pass: () -> Int
    ) throws {
        func round(_ passes: Int) throws -> (time: Int64, allocations: UInt64) {
            let allocations = harness_allocations()
            let start = harness_cpu()
            var read = 0
            for _ in 0..<passes { read += pass() }
            let time = harness_cpu() - start
            let allocated = harness_allocations() - allocations
            guard read == passes * frames else {
                throw Trouble("\(name): \(read) of \(passes * frames) frames were read")
            }
            return (time, allocated)
        }
        // The first round warms up.
        var passes = fixed ?? 64
        while try round(passes).time < Self.roundTime, fixed == nil { passes *= 2 }

        var ours: [Double] = []
        var floors: [Double] = []
        var allocations: UInt64 = 0
        for _ in 0..<rounds {
            let (time, allocated) = try round(passes)
            ours.append(Double(passes * frames) * 1e9 / Double(time))
            allocations += allocated
            if let floor { floors.append(Double(passes * frames) * 1e9 / Double(floor.time(passes))) }
        }
        report.add(
            "decoder.\(name).frames_per_second", ours.median, "1/s", beside: floor.map { ($0.name, floors.median) })
        report.add(
            "decoder.\(name).allocations_per_frame", Double(allocations) / Double(rounds * passes * frames), "1")
    }

    /// How many rounds there are with a fixed number of passes, the one that warms up included.
    var roundsWithWarmUp: Int { rounds + 1 }
}

/// Out of the optimizer's sight, which would do without the array.
@inline(never) private func array(of count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }
