/// Why no plan can be made, as a sentence that says what to do.
package struct PlanError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do.
    package var description: String

    init(_ description: String) {
        self.description = description
    }
}
