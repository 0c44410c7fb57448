// swift-tools-version: 6.1
import PackageDescription

// Your own package writes down where Sakuga comes from: .package(url: "https://…/sakuga", from: "0.5.0").
// This one takes the repository that it lies in, by the tag of a version.
let root = Context.packageDirectory.split(separator: "/").dropLast(2).joined(separator: "/")
var sakuga = Package.Dependency.package(url: "file:///\(root)", from: "0.5.0")
if let repository = Context.environment["SAKUGA_REPOSITORY"], let version = Context.environment["SAKUGA_VERSION"] {
    sakuga = .package(url: repository, exact: Version(stringLiteral: version))
}

let package = Package(
    name: "StylizeFolder",
    platforms: [.macOS(.v15)],
    dependencies: [sakuga],
    targets: [
        .executableTarget(
            name: "StylizeFolder",
            dependencies: [.product(name: "Stylizer", package: "sakuga")])
    ],
    swiftLanguageModes: [.v6]
)
