/// Which of the files that Sakuga's pages have in common a page needs.
package enum SharedFiles: Sendable {
    /// What every page needs: colours and type, the picture, the two languages, server-sent events.
    case page
    /// What a console needs besides: its own looks, its way to the server, how figures are written.
    case console

    /// The files' names.
    package var names: [String] {
        let all = ["events.js", "icon.svg", "language.js", "theme.css"]
        switch self {
        case .page: return all
        case .console:
            return all + [
                "ask.js", "connection.js", "console.css", "console-strings.js", "elements.js", "figures.js", "tiles.js",
            ]
        }
    }
}
