// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Linked without any dynamic library of the toolchain, so that one file can be copied to another host.
let standalone: [LinkerSetting] = [.unsafeFlags(["-static-executable"])]

/// Optimised in debug builds too: tests play thousands of worlds, and in them the decisions of Core.
let fast: [SwiftSetting] = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

// Arrows point downward only: a target may depend on the targets above it in this list.
let targets: [Target] = [
    // Pure: the standard library alone. No input or output, no clock, no chance.
    .target(name: "Core", swiftSettings: fast),

    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    // The HTTP client links it as well, so it is no further package.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Migrations and web files as bytes in the binary, by C's #embed: no bundle folder to lose, no slow literal.
    .target(name: "CAssets"),

    .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: settings),
    .target(name: "YAML", dependencies: ["CLibYAML", "Core"], swiftSettings: settings),
    .target(name: "DAGFile", dependencies: ["YAML", "Core"], swiftSettings: settings),
    // A crontab's text in, DAG files' texts out.
    .target(name: "Crontab", dependencies: ["Core"], swiftSettings: settings),
    // Small questions to this host. Beside NIO's headers the C types they need cannot be named.
    .target(name: "Host", dependencies: ["Core"], swiftSettings: settings),
    // Reads the system's tzdata for Core, which has no input of its own.
    .target(name: "Zones", dependencies: ["Core"], swiftSettings: settings),
    .target(name: "Settings", dependencies: ["YAML", "Core"], swiftSettings: settings),
    .target(name: "Store", dependencies: ["Postgres", "Core", "CAssets"], swiftSettings: settings),
    .target(
        name: "PrivateCluster",
        dependencies: [.product(name: "Logging", package: "swift-log")],
        swiftSettings: settings
    ),

    // What a keeper and its clients say to each other, and how an attempt's folder is laid out.
    .target(name: "AttemptProtocol", dependencies: ["Core"], swiftSettings: settings),
    .executableTarget(
        name: "rota-keeper",
        dependencies: ["AttemptProtocol", "Core"],
        path: "Sources/Keeper",
        swiftSettings: settings,
        linkerSettings: standalone
    ),

    .target(
        name: "Runner",
        dependencies: [
            "AttemptProtocol", "Core",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "HummingbirdTLS", package: "hummingbird"),
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: settings
    ),
    .target(
        name: "Scheduler",
        dependencies: [
            "Store", "Postgres", "Core", "DAGFile", "YAML", "Zones",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        swiftSettings: settings
    ),
    .target(
        name: "Executor",
        dependencies: [
            "Scheduler", "Store", "Postgres", "Core", "Runner", "Settings", "Host",
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: settings
    ),
    // Sends on what people are to be told of.
    .target(
        name: "Notify",
        dependencies: [
            "Scheduler", "Store", "Core", "Settings", "Runner",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        swiftSettings: settings
    ),
    .target(
        name: "Web",
        dependencies: [
            "Store", "Postgres", "Core", "CAssets", "CZlib", "Scheduler",
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "Mustache", package: "swift-mustache"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
        ],
        swiftSettings: settings
    ),
    .executableTarget(
        name: "rota",
        dependencies: [
            "Web", "Scheduler", "Executor", "Notify", "Runner", "DAGFile", "Settings", "PrivateCluster", "Store",
            "Postgres",
            "Core", "AttemptProtocol", "Host", "Zones", "YAML", "Crontab",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ],
        path: "Sources/rota",
        swiftSettings: settings
    ),
    // A world of servers, runners and a database in memory, with its own time and chance, in which Core decides.
    .target(name: "Simulation", dependencies: ["Core"], swiftSettings: fast),
    .executableTarget(
        name: "rota-simulate",
        dependencies: ["Simulation"],
        path: "Sources/Simulate",
        swiftSettings: settings
    ),
]

/// A target of tests, which stand beside the sources in Tests.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let testTargets: [Target] = [
    // Private servers that live as long as the tests.
    .target(name: "TestKit", dependencies: ["Postgres"], path: "Tests/TestKit", swiftSettings: settings),
    // A headless Chromium, spoken to by its DevTools protocol.
    .target(
        name: "BrowserKit",
        dependencies: ["Core", "Postgres", "TestKit"],
        path: "Tests/BrowserKit",
        swiftSettings: settings
    ),
    // Measures the built program from outside, beside the machine's own limits; pages by the tests' browser.
    .executableTarget(
        name: "rota-bench",
        dependencies: [
            "BrowserKit", "Core", "Postgres", "Runner", "TestKit",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "Logging", package: "swift-log"),
        ],
        path: "Sources/Benchmarks",
        swiftSettings: settings
    ),
    tests("CoreTests", ["Core"]),
    tests("CoreTimeTests", ["Core", "Zones"]),
    tests("CoreDAGTests", ["Core", "Zones"]),
    tests("PostgresTests", ["Postgres", "TestKit"]),
    tests("YAMLTests", ["YAML", "Core"]),
    tests("DAGFileTests", ["DAGFile", "YAML", "Core"]),
    tests("CrontabTests", ["Crontab", "DAGFile", "YAML", "Core", "Zones"]),
    tests("SettingsTests", ["Settings", "YAML", "Core"]),
    tests("PrivateClusterTests", ["PrivateCluster", logging]),
    tests("KeeperTests", ["AttemptProtocol", "Core"]),
    // No test may depend on rota-keeper: its flags for static linking would reach the tests' own link.
    tests(
        "RunnerTests",
        [
            "Runner", "AttemptProtocol", "Core", "TestKit", logging,
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ]
    ),
    tests("SimulationTests", ["Simulation", "Core"]),
    tests("StoreTests", ["Store", "Postgres", "TestKit"]),
    tests("TidyTests", ["TestKit"]),
    tests(
        "APITests",
        [
            "Web", "Store", "Scheduler", "Core", "DAGFile", "Postgres", "TestKit", logging,
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdTesting", package: "hummingbird"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
        ]
    ),
    tests(
        "WebTests",
        [
            "Web", "Store", "Scheduler", "Core", "CAssets", "CZlib", "DAGFile", "Postgres", "TestKit", "Zones", logging,
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ]
    ),
    // They run the built programs, which they find beside themselves.
    tests("EndToEndTests", ["Core", "Postgres", "TestKit"]),
    tests("BrowserTests", ["BrowserKit", "Core", "Postgres", "TestKit"]),
    tests(
        "CLITests",
        [
            "rota", "Crontab", "Core", "Host", "Zones",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]
    ),
    tests(
        "SchedulerTests",
        [
            "Scheduler", "Executor", "Runner", "YAML", "Store", "Postgres", "Core", "DAGFile", "Zones", "TestKit",
            "Simulation", logging,
        ]
    ),
]

let package = Package(
    name: "rota",
    platforms: [.macOS(.v15)],
    dependencies: [
        // The HTTP server, its router and its tests; swift-nio below it.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        // Logic-free HTML templates with escaping by default.
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        // The HTTP client of the CLI and of HTTP runners; it speaks unix sockets too.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // Byte buffers, where the server's and the client's interfaces ask for them.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // TLS of runners that listen beyond this host.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // Names of HTTP headers and methods, as Hummingbird's interface has them.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        // Commands, help, completions, "did you mean".
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // The server's own log.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // One group of services: start in order, stop in reverse, signals.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: targets + testTargets,
    cLanguageStandard: .c2x
)
