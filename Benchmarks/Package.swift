// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that nobody who builds the programs builds the benchmarks. `scripts/bench` runs it.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "gatehouse", path: "..")
    ],
    targets: [
        // What has to be quick itself: simulated lanes, and the peers' C interfaces.
        .target(name: "CHarness", linkerSettings: [.linkedLibrary("sqlite3")]),
        // The least a program can do between a scanner and a relay.
        .executableTarget(name: "floor"),
        .executableTarget(
            name: "bench",
            dependencies: [
                "CHarness", .product(name: "OrderFiles", package: "gatehouse"),
                .product(name: "Decoders", package: "gatehouse"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ]
        ),
    ]
)
