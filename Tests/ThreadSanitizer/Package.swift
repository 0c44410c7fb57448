// swift-tools-version: 6.1
// The engine and the tests of its threads, by themselves (the folders are links), so that ThreadSanitizer need not build the whole package.
import PackageDescription

let package = Package(
    name: "sakuga",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off"])]),
        .target(name: "AnimeGAN", dependencies: ["CKernels"]),
        .testTarget(name: "AnimeGANTests", dependencies: ["AnimeGAN", "CKernels"]),
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
