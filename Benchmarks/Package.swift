// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// A package of its own, so that nobody who builds the programs builds the benchmarks. `scripts/bench` runs it.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "gatehouse", path: "..")
    ],
    targets: [
        // What has to be quick itself: simulated lanes, and the peers' C interfaces.
        .target(name: "CHarness", linkerSettings: [.linkedLibrary("sqlite3"), .linkedLibrary("lmdb")]),
        // The least a program can do between a scanner and a relay.
        .executableTarget(name: "floor"),
        // What a gate does with its list, and nothing else.
        .executableTarget(
            name: "listwork", dependencies: [.product(name: "OrderFiles", package: "gatehouse")], swiftSettings: strict),
        .executableTarget(
            name: "bench",
            dependencies: [
                "CHarness", .product(name: "OrderFiles", package: "gatehouse"),
                .product(name: "Decoders", package: "gatehouse"),
            ],
            swiftSettings: strict
        ),
    ]
)
