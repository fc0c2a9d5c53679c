import Glibc

// The functions that libFuzzer's `main` calls.

/// Chooses the target: the one that the environment variable `FUZZ_TARGET` names.
///
/// Without it the names of all targets are printed, each with the longest input that makes sense for it. With
/// `FUZZ_SEEDS`, the inputs that the target itself has to offer are written into that folder.
@c(LLVMFuzzerInitialize)
public func initialise(
    _: UnsafeMutablePointer<CInt>?,
    _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    guard let name = environment("FUZZ_TARGET") else {
        for target in FuzzTarget.all { print(target.name, target.longestInput) }
        exit(0)
    }
    guard let target = FuzzTarget.chosen else {
        print("fuzz: there is no target \(name)")
        exit(2)
    }
    if let folder = environment("FUZZ_SEEDS") {
        for (number, seed) in target.seeds().enumerated() { write(seed, to: "\(folder)/made-\(number)") }
        exit(0)
    }
    return 0
}

@c(LLVMFuzzerTestOneInput)
public func run(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    FuzzTarget.chosen?.run(FuzzInput(bytes))
    return 0
}

/// Ends the program if `holds` is false, so that the input is kept.
func expect(_ holds: Bool, _ promise: @autoclosure () -> String) {
    if !holds { fatalError("broken promise: \(promise())") }
}

private func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
}

private func write(_ bytes: [UInt8], to path: String) {
    guard let file = unsafe fopen(path, "w") else {
        print("fuzz: cannot write \(path)")
        exit(2)
    }
    let written = unsafe fwrite(bytes, 1, bytes.count, file)
    guard unsafe fclose(file) == 0, written == bytes.count else {
        print("fuzz: cannot write \(path)")
        exit(2)
    }
}

extension FuzzTarget {
    /// `nil` if the environment names none that exists.
    fileprivate static let chosen = all.first { $0.name == environment("FUZZ_TARGET") }
}
