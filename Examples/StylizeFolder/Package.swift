// swift-tools-version: 6.1
import PackageDescription

// Where Sakuga's repository is, and which of its versions to use. In your own package write them down:
// .package(url: "https://…/sakuga", from: "0.5.0").
let repository = Context.environment["SAKUGA_REPOSITORY"] ?? "https://example.org/sakuga"
let version = Context.environment["SAKUGA_VERSION"] ?? "0.5.0"

let package = Package(
    name: "StylizeFolder",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: repository, exact: Version(stringLiteral: version))],
    targets: [
        .executableTarget(
            name: "StylizeFolder",
            dependencies: [.product(name: "Stylizer", package: "sakuga")])
    ],
    swiftLanguageModes: [.v6]
)
