// swift-tools-version: 6.3
import PackageDescription

// The lanes' machines and their simulations alone: ten million steps want an optimised build, and that of the whole package
// takes too long. `scripts/simulate` runs it. `Sources` and `Tests` are links to the folders of the package itself.
let package = Package(
    name: "simulation",
    targets: [
        .target(name: "GateModel"),
        .target(name: "Lanes", dependencies: ["GateModel"]),
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "LanesTests", dependencies: ["TestSupport", "Lanes", "GateModel"]),
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
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
    ]
}
