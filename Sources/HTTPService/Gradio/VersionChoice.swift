import Serving

/// The version radio of the well-known AnimeGANv2 app, and what it means here.
///
/// The app knows two versions. `version 2` is its default, so it is our default style. Anything else is version 1 to the app;
/// here it is the second style, where one is installed, and the default style otherwise. Styles can also be called by their names.
enum VersionChoice {
    static let robust = "version 2 (🔺 robustness,🔻 stylization)"
    static let stylized = "version 1 (🔺 stylization, 🔻 robustness)"

    /// The style that a version stands for; nil for the default style.
    static func style(for version: String?, among styles: [StyleDescription]) -> String? {
        guard let version, !version.isEmpty, version != robust else { return nil }
        if let named = styles.first(where: { $0.name == version }) { return named.name }
        return styles.first { !$0.isDefault }?.name
    }

    /// The radio's choices: a version for each of the first two styles, and further styles by their names.
    static func choices(among styles: [StyleDescription]) -> [String] {
        let others = styles.filter { !$0.isDefault }
        if others.isEmpty { return [robust] }
        return [robust, stylized] + others.dropFirst().map(\.name)
    }
}
