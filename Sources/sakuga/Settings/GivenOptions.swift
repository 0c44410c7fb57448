/// The options that stand on a command line, as the argument parser will see them.
struct GivenOptions: Sendable {
    /// The values of each option that is there; a flag has `true`.
    private(set) var values: [String: [String]] = [:]
    /// Whether help is asked for.
    private(set) var asksForHelp = false

    /// `arguments`: what follows the subcommand.
    init(_ arguments: some Collection<String>, options: [SettableOption]) {
        var rest = arguments.prefix { $0 != "--" }
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if ["-h", "-help", "--help"].contains(word) { asksForHelp = true }
            guard word.hasPrefix("-"), let spelling = parts.first,
                let option = options.first(where: { $0.spellings.contains(String(spelling)) })
            else { continue }
            let value =
                if !option.takesValue {
                    spelling == "--no-\(option.name)" ? "false" : "true"
                } else if parts.count == 2 {
                    String(parts[1])
                } else {
                    rest.popFirst() ?? ""
                }
            values[option.name, default: []].append(value)
        }
    }
}
