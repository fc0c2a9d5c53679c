// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that nobody who builds the programs builds the fuzzer. `scripts/fuzz` builds and runs it.
let package = Package(
    name: "fuzz",
    dependencies: [
        .package(name: "gatehouse", path: "..")
    ],
    targets: [
        // The files of Hardware that only read bytes and text, alone: the rest of it needs SwiftNIO, libusb and libgpiod.
        .target(name: "HardwareParts", dependencies: [.product(name: "Decoders", package: "gatehouse")]),
        // libFuzzer brings `main`.
        .executableTarget(
            name: "fuzz",
            dependencies: ["HardwareParts", .product(name: "Decoders", package: "gatehouse")]
        ),
    ]
)

for target in package.targets {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
