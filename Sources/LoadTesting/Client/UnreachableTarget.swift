/// The target cannot be spoken to: nothing was loaded.
package struct UnreachableTarget: Error, Sendable, CustomStringConvertible {
    /// What was tried, as a person wrote it.
    package let address: String
    /// The cause by its stable name.
    package let cause: FailureCause
    /// What happened and what to do, as a sentence.
    package let detail: String

    package var description: String { "\(address) cannot be reached: \(detail)" }
}
