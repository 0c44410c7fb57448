/// An error that is told as it is, without the usage of the command: what was typed was right.
struct PlainFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    init(_ error: any Error) { description = "\(error)" }
}
