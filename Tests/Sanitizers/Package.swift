// swift-tools-version: 6.1
// The engine with its tests by themselves (the folders are links), so that a sanitizer need not build the whole package.
import PackageDescription

let package = Package(
    name: "sakuga",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off"])]),
        .target(name: "AnimeGAN", dependencies: ["CKernels"]),
        // Readers of files only: what the golden tests need, and nothing of the network.
        .target(
            name: "Checkpoints", dependencies: ["AnimeGAN"],
            sources: ["Formats", "Store/FileSystem.swift", "Store/ModelStoreError.swift"]),
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
