/// All that a supervisor is given.
package struct PoolPlan: Sendable {
    /// How workers are treated.
    package var settings: PoolSettings
    /// What they are started from.
    package var generation: Generation
    /// Their command line, after the program's name.
    package var arguments: [String]
    /// Where the service listens.
    package var socket: ListeningSocket
    /// The address, as people read it: `http://127.0.0.1:7860`.
    package var address: String
    /// The pool's folder.
    package var folder: String
    /// The Unix socket on which the jobs of all workers are kept; nil where they are kept elsewhere.
    package var store: String?
    /// Golden pictures of weights that were released.
    package var goldens: [GoldenPicture]
    /// Where operators' commands come in.
    package var control: String

    /// A plan.
    package init(
        settings: PoolSettings, generation: Generation, arguments: [String], socket: ListeningSocket, address: String,
        folder: String,
        store: String?, goldens: [GoldenPicture], control: String
    ) {
        self.settings = settings
        self.generation = generation
        self.arguments = arguments
        self.socket = socket
        self.address = address
        self.folder = folder
        self.store = store
        self.goldens = goldens
        self.control = control
    }
}

/// A pool that ended because it could not go on; a sentence.
package struct PoolFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
}
