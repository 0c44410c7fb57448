/// Commands of two words. The parser knows commands of one word below a command that takes none itself, and `loadtest` takes an address;
/// so the two words are one name to it.
enum SubcommandWords {
    static let names = ["loadtest merge"]

    /// The command line with such a name as one argument.
    static func joined(_ commandLine: [String]) -> [String] {
        let name = commandLine.prefix(2).joined(separator: " ")
        return names.contains(name) ? [name] + commandLine.dropFirst(2) : commandLine
    }
}
