/// Why the results of several generators can't be joined: a sentence.
package struct MergeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence.
    package let description: String

    init(_ description: String) { self.description = description }
}
