// swift-tools-version: 6.1
// The engine with its tests by themselves (the folders are links), so that a sanitizer need not build the whole package.
import PackageDescription

let package = Package(
    name: "sakuga",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "CKernels", cSettings: [.define("SK_CHECKS")]),
        .target(name: "BlockingThreads"),
        .target(name: "AnimeGAN", dependencies: ["BlockingThreads", "CKernels"]),
        .target(name: "Checkpoints", dependencies: ["AnimeGAN"]),
        .testTarget(name: "BlockingThreadsTests", dependencies: ["BlockingThreads"]),
        .testTarget(name: "AnimeGANTests", dependencies: ["AnimeGAN", "Checkpoints", "CKernels"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
