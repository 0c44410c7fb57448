/// What workers are started from. An update makes a new one; a rollback returns to the one before.
package struct Generation: Sendable, Equatable, Codable {
    /// Counted from 1.
    package var number: Int
    /// The program's path.
    package var binary: String
    /// The default style, where it is another than the settings say.
    package var style: String?

    /// A generation.
    package init(number: Int, binary: String, style: String? = nil) {
        self.number = number
        self.binary = binary
        self.style = style
    }
}

/// A worker to be started.
package struct WorkerOrder: Sendable, Equatable {
    /// Never given twice in a pool's life.
    package var id: Int
    /// Its place: 0 and up. A worker and its replacement have the same.
    package var slot: Int
    /// What to start.
    package var generation: Generation
    /// Compute threads.
    package var threads: Int
}
