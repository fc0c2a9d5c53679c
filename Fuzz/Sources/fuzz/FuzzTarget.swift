/// A decoder, and how an input reaches it.
struct FuzzTarget: Sendable {
    let name: String
    /// In bytes, the header of ``FuzzInput`` included.
    let longestInput: Int
    /// Inputs to begin with that cannot be told from the outside, such as whole files.
    let seeds: @Sendable () -> [[UInt8]]
    /// Traps if a promise is broken.
    let run: @Sendable (FuzzInput) -> Void

    init(
        _ name: String, longestInput: Int = 512, seeds: @escaping @Sendable () -> [[UInt8]] = { [] },
        run: @escaping @Sendable (FuzzInput) -> Void
    ) {
        self.name = name
        self.longestInput = longestInput
        self.seeds = seeds
        self.run = run
    }

    static let all =
        idCards + scanners + hid + cards + thermometers + osdp + documents + orders + signedMessages + repositories
        + devices
}
