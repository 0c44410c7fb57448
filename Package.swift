// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "sakuga",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "sakuga", targets: ["sakuga"]),
        // The generator alone, and with pictures' files around it; each with the reader of weights files.
        .library(name: "AnimeGAN", targets: ["AnimeGAN", "Checkpoints"]),
        .library(name: "Stylizer", targets: ["Stylizer", "Imaging", "AnimeGAN", "Checkpoints"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["JSON", "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C: SIMD inner loops, and the shims over libvips' variadic calls and libjpeg's long jumps.
        .target(name: "CKernels"),
        .systemLibrary(
            name: "CVips", pkgConfig: "vips",
            providers: [.apt(["libvips-dev"]), .brew(["vips"])]),
        .target(name: "CVipsShim", dependencies: ["CVips"]),
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
        .target(name: "CJPEGShim", dependencies: ["CJPEG"]),

        // Threads that may block, for whoever has work that does.
        .target(name: "BlockingThreads"),

        // The engine and what surrounds it, lowest first.
        .target(name: "AnimeGAN", dependencies: ["BlockingThreads", "CKernels"]),
        .target(name: "Checkpoints", dependencies: ["AnimeGAN"]),
        .target(name: "PictureFormats"),
        .target(name: "Imaging", dependencies: ["CJPEGShim", "CVipsShim", "PictureFormats"]),
        .target(name: "Stylizer", dependencies: ["AnimeGAN", "Imaging", "PictureFormats"]),
        .target(
            name: "InstalledModels",
            dependencies: [
                "AnimeGAN", "BlockingThreads", "Checkpoints",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),

        // The service: jobs and where they are kept, what is measured, who may run when, HTTP.
        .target(name: "RetryBackoff"),
        .target(
            name: "LocalCalls",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(name: "JobQueue"),
        .target(
            name: "JobQueueSQLite",
            dependencies: ["BlockingThreads", "JobQueue", .product(name: "GRDB", package: "GRDB.swift")]),
        .systemLibrary(
            name: "CHiredis", pkgConfig: "hiredis",
            providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
        .target(
            name: "JobQueueRedis",
            dependencies: [
                "BlockingThreads", "CHiredis", "JobQueue", "RetryBackoff",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(
            name: "JobQueueSocket",
            dependencies: [
                "JobQueue", "LocalCalls",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "Telemetry",
            dependencies: [
                "BlockingThreads",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Serving",
            dependencies: [
                "JobQueue", "LatencyHistograms",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(name: "ByteJSON"),
        .target(
            name: "WebPages",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Pages")]),
        .target(
            name: "HTTPService",
            dependencies: [
                "BlockingThreads", "ByteJSON", "JobQueue", "PictureFormats", "Serving", "WebPages",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("ConsolePages"), .copy("OpenAPI/openapi.json"), .copy("Pages")]),

        // The load-testing lab: virtual users and what they measure, its page, and how many instances that makes.
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]),
        .target(name: "LatencyHistograms"),
        .target(
            name: "LoadGeneration",
            dependencies: [
                "ByteJSON", "CZlib", "LatencyHistograms", "PictureFormats",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ]),
        .target(
            name: "LoadTesting",
            dependencies: [
                "BlockingThreads", "ByteJSON", "LatencyHistograms", "LoadGeneration",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(
            name: "LoadTestReports",
            dependencies: ["CZlib", "LatencyHistograms", "LoadGeneration", "LoadTesting"],
            resources: [.copy("Page")]),
        .target(
            name: "LoadTestConsole",
            dependencies: [
                "BlockingThreads", "LoadGeneration", "LoadTestReports", "LoadTesting", "WebPages",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("ConsolePages")]),
        .target(
            name: "CapacityPlanning",
            dependencies: ["JobQueue", "LatencyHistograms", "LoadGeneration", "LoadTesting", "Serving"]),

        .target(name: "GoldenPictures"),

        // The fleet: worker processes and how they are started, watched, rolled and scaled; the cluster on one machine.
        .target(
            name: "Supervision",
            dependencies: [
                "BlockingThreads", "GoldenPictures", "LocalCalls", "RetryBackoff",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),

        // What the command line is made of.
        .target(name: "ProductVersion"),
        .target(
            name: "ProgramSettings",
            dependencies: [.product(name: "Configuration", package: "swift-configuration")]),
        .target(
            name: "OptionValues",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .target(name: "TerminalProgress"),
        .target(name: "EngineBenchmark", dependencies: ["AnimeGAN"]),
        .target(name: "LoadTestPhotos", dependencies: ["Imaging", "LoadGeneration", "Stylizer"]),
        .target(
            name: "StylizeService",
            dependencies: [
                "AnimeGAN", "BlockingThreads", "GoldenPictures", "Imaging", "InstalledModels", "JobQueue", "Serving", "Stylizer",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        .executableTarget(
            name: "sakuga",
            dependencies: [
                "AnimeGAN", "BlockingThreads", "CapacityPlanning", "Checkpoints", "EngineBenchmark", "GoldenPictures",
                "HTTPService", "Imaging", "InstalledModels", "JobQueue", "JobQueueRedis", "JobQueueSQLite", "JobQueueSocket",
                "LoadGeneration", "LoadTestConsole", "LoadTestPhotos", "LoadTestReports", "LoadTesting", "LocalCalls",
                "OptionValues", "ProductVersion", "ProgramSettings", "Serving", "StylizeService", "Stylizer", "Supervision",
                "Telemetry", "TerminalProgress",
                "WebPages",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        .testTarget(name: "BlockingThreadsTests", dependencies: ["BlockingThreads"]),
        .testTarget(name: "AnimeGANTests", dependencies: ["AnimeGAN", "Checkpoints", "CKernels"]),
        .testTarget(
            name: "CheckpointsTests",
            dependencies: [
                "AnimeGAN", "Checkpoints", "InstalledModels",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Fixtures"]),
        .testTarget(name: "ByteJSONTests", dependencies: ["ByteJSON"]),
        .testTarget(name: "PictureFormatsTests", dependencies: ["PictureFormats"]),
        .testTarget(name: "ImagingTests", dependencies: ["Imaging", "PictureFormats"], exclude: ["Fixtures"]),
        .testTarget(name: "StylizerTests", dependencies: ["Stylizer", "Imaging", "AnimeGAN", "PictureFormats"]),
        .testTarget(name: "RetryBackoffTests", dependencies: ["RetryBackoff"]),
        .testTarget(
            name: "LocalCallsTests", dependencies: ["LocalCalls", .product(name: "Logging", package: "swift-log")]),
        .testTarget(
            name: "JobQueueTests",
            dependencies: [
                "BlockingThreads", "JobQueue", "JobQueueSQLite", "JobQueueRedis", "JobQueueSocket",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "ServingTests", dependencies: ["JobQueue", "Serving", "Telemetry"]),
        .testTarget(
            name: "WebPagesTests",
            dependencies: [
                "WebPages",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .testTarget(
            name: "HTTPServiceTests",
            dependencies: [
                "HTTPService", "JobQueue", "Serving", "WebPages",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "LoadTestFixtures",
            dependencies: [
                "LoadGeneration", "LoadTesting",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/LoadTestFixtures"),
        .testTarget(
            name: "LatencyHistogramsTests",
            dependencies: [
                "LatencyHistograms", "LoadGeneration", "LoadTestFixtures",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ]),
        .testTarget(
            name: "LoadGenerationTests",
            dependencies: [
                "LatencyHistograms", "LoadGeneration", "LoadTestFixtures",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .testTarget(
            name: "LoadTestingTests",
            dependencies: ["LatencyHistograms", "LoadGeneration", "LoadTestFixtures", "LoadTesting"]),
        .testTarget(
            name: "LoadTestReportsTests",
            dependencies: ["LatencyHistograms", "LoadGeneration", "LoadTestFixtures", "LoadTestReports", "LoadTesting"]),
        .testTarget(
            name: "LoadTestConsoleTests",
            dependencies: [
                "LoadGeneration", "LoadTestConsole", "LoadTestReports", "LoadTesting", "WebPages",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .testTarget(
            name: "CapacityPlanningTests",
            dependencies: ["CapacityPlanning", "LatencyHistograms", "LoadGeneration", "LoadTesting"]),
        .testTarget(name: "SupervisionTests", dependencies: ["GoldenPictures", "Supervision"]),
        .testTarget(name: "GoldenPicturesTests", dependencies: ["GoldenPictures"]),
        .testTarget(name: "ProductVersionTests", dependencies: ["ProductVersion"]),
        .testTarget(name: "ProgramSettingsTests", dependencies: ["ProgramSettings"]),
        .testTarget(name: "OptionValuesTests", dependencies: ["OptionValues"]),
        .testTarget(name: "TerminalProgressTests", dependencies: ["TerminalProgress"]),
        .testTarget(name: "EngineBenchmarkTests", dependencies: ["EngineBenchmark"]),
        .testTarget(name: "LoadTestPhotosTests", dependencies: ["LoadGeneration", "LoadTestPhotos"]),
        .testTarget(
            name: "StylizeServiceTests",
            dependencies: [
                "AnimeGAN", "GoldenPictures", "Imaging", "InstalledModels", "JobQueue", "Serving", "StylizeService",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "Conformance",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            exclude: [
                "README.md", "browser", "deploy", "drills", "fuzz", "gradio", "loadtest", "locust", "photo.jpg",
                "requirements.txt", "schemathesis", "styles", "tritonclient",
            ]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)

// Imports tell the truth: what a file uses it names, and nothing leaks by default.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
