/// A file that can't be used, with its name and a sentence why.
struct UnusableFile: Error, CustomStringConvertible {
    let name: String
    let reason: String

    var description: String { "\(name): \(reason)" }
}
