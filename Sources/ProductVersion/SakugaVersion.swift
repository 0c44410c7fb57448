/// The version of this program: the one place that names it in code.
///
/// `sakuga --version`, reports, consoles and `/metrics` take it from here; the documents that have to repeat it (`openapi.json`, the image's
/// label, `CHANGELOG.md`) are compared with it by `ProductVersionTests`.
package enum SakugaVersion {
    /// As semantic versioning writes it: `0.6.0`.
    package static let current = "0.6.0"
}
