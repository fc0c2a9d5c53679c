// swift-tools-version: 6.3
import PackageDescription

// The order below is the way of the data: a target may depend only on targets above it.
// `scripts/check-layering.py` (part of `make lint`) fails on an import that is not declared here.
let package = Package(
    name: "gatehouse",
    products: [
        .executable(name: "gatehoused", targets: ["gatehoused"]),
        .executable(name: "gatehouse", targets: ["gatehouse"]),
        .executable(name: "gatehouse-central", targets: ["gatehouse-central"]),
        .executable(name: "gatehouse-mock", targets: ["gatehouse-mock"]),
        .executable(name: "gatehouse-tuf", targets: ["gatehouse-tuf"]),
        // For the benchmarks: what makes and reads signed order files.
        .library(name: "OrderFiles", targets: ["GateModel", "Credentials", "Orders", "TrustedFiles"]),
        // For the benchmarks and the fuzzer: what reads bytes or text that come from outside.
        .library(
            name: "Decoders",
            targets: ["GateModel", "ReaderProtocols", "OSDP", "Credentials", "Orders", "TrustedFiles"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        // Without its FullFoundation trait: that one pulls in ICU.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        // For the tests.
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
    ],
    targets: [
        // MARK: Pure core: bytes and time in, values out.
        .target(name: "GateModel"),
        .target(name: "ReaderProtocols", dependencies: ["GateModel"]),
        .target(name: "OSDP", dependencies: ["GateModel", .crypto, .cryptoExtras]),
        .target(name: "Credentials", dependencies: ["GateModel", .crypto]),
        .target(name: "Orders", dependencies: ["GateModel"]),
        .target(name: "Lanes", dependencies: ["GateModel"]),
        .target(name: "EventStream", dependencies: ["GateModel", .crypto]),
        .target(name: "TrustedFiles", dependencies: [.crypto, .cryptoExtras]),
        .target(name: "Control", dependencies: ["GateModel"]),
        .target(name: "Commissioning", dependencies: ["GateModel", "TrustedFiles", "Control"]),

        // MARK: Edges: files, devices, sockets.
        .systemLibrary(name: "CGpiodLibrary", pkgConfig: "libgpiod", providers: [.apt(["libgpiod-dev"])]),
        .target(name: "CGpiod", dependencies: ["CGpiodLibrary"]),
        .systemLibrary(name: "CUSB", pkgConfig: "libusb-1.0", providers: [.apt(["libusb-1.0-0-dev"])]),
        .target(name: "CLinuxShims"),
        .target(name: "DurableFiles"),
        .target(
            name: "Hardware",
            dependencies: ["GateModel", "CGpiod", "CUSB", "CLinuxShims", .nioCore, .nioPosix]
        ),
        .target(name: "Ledger", dependencies: ["GateModel", "EventStream", .grdb]),
        .target(name: "ListStore", dependencies: ["GateModel", "Orders", "TrustedFiles", "DurableFiles"]),
        .target(
            name: "Repository",
            dependencies: [
                "TrustedFiles", "DurableFiles", "ListStore", .asyncHTTPClient, .nioCore, .nioHTTP1, .nioPosix,
            ]
        ),
        .target(
            name: "Uplink",
            dependencies: [
                "GateModel", "EventStream", "Orders", "TrustedFiles", "DurableFiles", "ListStore", "Repository",
                "Ledger",
                .asyncHTTPClient, .nioCore, .nioHTTP1, .nioPosix,
            ]
        ),
        .target(name: "Settings", dependencies: ["GateModel", "Lanes", .yams]),

        // MARK: Programs.
        .target(
            name: "GateDaemon",
            dependencies: [
                "GateModel", "ReaderProtocols", "OSDP", "Credentials", "Orders", "Lanes", "EventStream", "TrustedFiles",
                "Control", "Hardware", "DurableFiles", "Ledger", "ListStore", "Uplink", "Settings",
                .nioCore, .nioPosix, .asyncHTTPClient, .hummingbird, .hummingbirdCore, .logging, .serviceLifecycle,
                .unixSignals, .crypto,
            ]
        ),
        .executableTarget(
            name: "gatehoused",
            dependencies: [
                "Control", "Hardware", "GateDaemon", "Settings", .argumentParser, .logging, .nioCore, .nioPosix,
            ]),
        .executableTarget(
            name: "gatehouse",
            dependencies: [
                "GateModel", "ReaderProtocols", "OSDP", "Lanes", "Control", "Commissioning", "Credentials", "Settings",
                "Orders", "TrustedFiles", "DurableFiles", "ListStore", "Hardware", .argumentParser, .asyncHTTPClient,
                .nioCore, .nioHTTP1,
            ]
        ),
        .target(
            name: "Central",
            dependencies: [
                "GateModel", "Credentials", "Orders", "EventStream", "TrustedFiles", "DurableFiles",
                .grdb, .hummingbird, .nioCore, .nioPosix, .logging, .serviceLifecycle, .crypto,
            ]
        ),
        .executableTarget(
            name: "gatehouse-central",
            dependencies: [
                "Central", "Credentials", "Orders", "GateModel", "EventStream", "TrustedFiles", .argumentParser,
                .logging,
            ]
        ),

        .executableTarget(
            name: "gatehouse-tuf",
            dependencies: ["TrustedFiles", "ListStore", "Repository", .argumentParser, .asyncHTTPClient]
        ),

        // MARK: Simulated hardware. Nothing that ships on a gate depends on it.
        .target(
            name: "HardwareMocks",
            dependencies: ["GateModel", "Hardware", "CLinuxShims", .nioCore, .nioPosix, .yams],
            path: "HardwareMocks/HardwareMocks"
        ),
        .executableTarget(
            name: "gatehouse-mock",
            dependencies: ["HardwareMocks", .argumentParser, .nioCore, .nioPosix],
            path: "HardwareMocks/gatehouse-mock"
        ),

        // MARK: Tests.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .target(name: "TestPrograms", dependencies: [.subprocess, .system], path: "Tests/TestPrograms"),
        .testTarget(name: "ReaderProtocolsTests", dependencies: ["TestSupport", "ReaderProtocols", "GateModel"]),
        // Every vector of the fact sheets, through what is public.
        .testTarget(
            name: "VectorTests",
            dependencies: ["TestSupport", "ReaderProtocols", "OSDP", "Credentials", "GateModel"],
            exclude: ["vectors.json"]
        ),
        .testTarget(name: "OSDPTests", dependencies: ["TestSupport", "OSDP", "GateModel"]),
        // Against an independent reader, in real time.
        .testTarget(name: "OSDPPeerTests", dependencies: ["OSDP", "GateModel", "CLinuxShims"], exclude: ["Peer"]),
        .testTarget(
            name: "CredentialsTests", dependencies: ["TestSupport", "Credentials", "GateModel", .crypto],
            exclude: ["COSEVectors"]
        ),
        // Also against independent readers in Python.
        .testTarget(
            name: "OrdersTests", dependencies: ["TestSupport", "TestPrograms", "Orders", "GateModel", .crypto],
            exclude: ["Peer"]),
        .testTarget(name: "LanesTests", dependencies: ["TestSupport", "Lanes", "GateModel"]),
        .testTarget(
            name: "TrustedFilesTests", dependencies: ["TestSupport", "TrustedFiles", .crypto, .cryptoExtras]),
        // Against an independent TUF implementation, in real time.
        .testTarget(
            name: "TUFPeerTests", dependencies: ["TestPrograms", "gatehouse-tuf", "gatehouse-central", "TrustedFiles"],
            exclude: ["Peer"]),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger", "EventStream", "GateModel", .grdb]),
        .testTarget(name: "SettingsTests", dependencies: ["TestSupport", "Settings", "GateModel", "Lanes"]),
        .testTarget(
            name: "HardwareTests",
            dependencies: ["TestSupport", "Hardware", "HardwareMocks", "GateModel", .nioCore, .nioPosix, .nioEmbedded]
        ),
        .testTarget(
            name: "GateDaemonTests",
            dependencies: [
                "GateDaemon", "GateModel", "ReaderProtocols", "OSDP", "Credentials", "Orders", "Lanes", "EventStream",
                "TrustedFiles",
                "Control", "Hardware", "Ledger", "ListStore", "Uplink", "Settings", "HardwareMocks",
                .nioCore, .nioPosix, .nioEmbedded, .hummingbird, .hummingbirdTesting, .logging,
            ]
        ),
        .testTarget(
            name: "UplinkTests",
            dependencies: [
                "TestSupport", "Uplink", "DurableFiles", "ListStore", "Ledger", "EventStream", "Orders", "TrustedFiles",
                "GateModel",
                .asyncHTTPClient, .hummingbird, .nioCore, .nioHTTP1, .logging,
            ]
        ),
        .testTarget(name: "ControlTests", dependencies: ["Control", "GateModel"]),
        .testTarget(
            name: "CommissioningTests",
            dependencies: ["TestSupport", "Commissioning", "Control", "TrustedFiles", "GateModel"]),
        .testTarget(
            name: "CentralTests",
            dependencies: ["Central", "Credentials", "Orders", "EventStream", "TrustedFiles", "GateModel"]),
        // Starts the real programs.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "TestSupport", "TestPrograms", "gatehoused", "gatehouse", "gatehouse-central", "gatehouse-mock",
            ]
        ),
    ]
)

extension Target.Dependency {
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "CryptoExtras", package: "swift-crypto")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let logging = product(name: "Logging", package: "swift-log")
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let yams = product(name: "Yams", package: "Yams")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTesting = product(name: "HummingbirdTesting", package: "hummingbird")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let system = product(name: "SystemPackage", package: "swift-system")
}

for target in package.targets where ![.system, .plugin].contains(target.type) {
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
