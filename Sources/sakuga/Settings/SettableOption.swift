/// An option of a subcommand, as far as a file or a variable can set it.
struct SettableOption: Sendable, Equatable {
    /// Its long name without dashes: `max-wait`.
    let name: String
    /// All its names on the command line: `--output`, `-o`.
    let spellings: [String]
    /// False for a flag.
    let takesValue: Bool
    /// Whether it may be given several times.
    let isRepeating: Bool
    /// What help shows as its default.
    let defaultValue: String?

    /// The variable that sets it: `SAKUGA_MAX_WAIT`.
    var variable: String { "SAKUGA_" + name.uppercased().replacing("-", with: "_") }

    /// How the command line says `values`; of a flag, `true` or `false`.
    func arguments(_ values: [String]) -> [String] {
        // In one word, since a value may begin with a dash.
        if takesValue { return values.map { "--\(name)=\($0)" } }
        let negation = "--no-\(name)"
        if values == ["true"] { return ["--\(name)"] }
        return spellings.contains(negation) ? [negation] : []
    }
}
