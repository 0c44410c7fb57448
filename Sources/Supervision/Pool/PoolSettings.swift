package import GoldenPictures

/// How a pool starts, scales, recycles and stops its workers.
package struct PoolSettings: Sendable, Equatable {
    /// The number of workers.
    package var count: WorkerCount
    /// How the machine's cores are divided among the workers.
    package var cores: CoreShare
    /// When a worker is recycled.
    package var recycling = RecyclingPolicy()
    /// How the number of workers follows the load.
    package var scaling = ScalingPolicy.Settings()
    /// Seconds that a worker may take from its start until it is ready.
    package var startTimeout = 60.0
    /// Seconds without a report after which a worker counts as hung.
    package var hangTimeout = 10.0
    /// Seconds without progress of its running jobs after which a worker counts as hung.
    package var stallTimeout = 60.0
    /// Seconds that a draining worker has to finish the requests in hand.
    package var drainTimeout = 60.0

    /// Settings with defaults for all but the number of workers and the cores.
    package init(count: WorkerCount, cores: Int) {
        self.count = count
        self.cores = CoreShare(cores: cores, workers: count.most)
    }
}

/// When a worker is replaced by a fresh one although it works.
package struct RecyclingPolicy: Sendable, Equatable {
    /// The number of requests after which a worker is replaced; nil for no limit.
    package var maximumRequests: Int?
    /// The resident memory in bytes above which a worker is replaced; nil for no limit.
    package var maximumResidentBytes: Int?

    package init(maximumRequests: Int? = nil, maximumResidentBytes: Int? = nil) {
        self.maximumRequests = maximumRequests
        self.maximumResidentBytes = maximumResidentBytes
    }

    /// The limit of one worker: up to a tenth above ``maximumRequests``, so that workers that start together are not replaced together.
    /// - Parameter jitter: 0 to 1.
    package func requestLimit(jitter: Double) -> Int? {
        maximumRequests.map { $0 + Int(Double($0) * 0.1 * min(1, max(0, jitter))) }
    }

    /// Why a worker is due for recycling, as a clause; nil when it is not.
    package func reason(_ load: WorkerLoad, requestLimit: Int?) -> String? {
        if let requestLimit, load.answers >= requestLimit { return "it has answered \(load.answers) requests" }
        if let limit = maximumResidentBytes, load.residentBytes > limit {
            return "it uses \(load.residentBytes / 1_000_000) MB of memory, more than \(limit / 1_000_000) MB"
        }
        return nil
    }
}

/// What workers are started from. Each update makes a new generation; a rollback makes one equal to the generation before.
package struct Generation: Sendable, Equatable, Codable {
    /// Counted from 1; the number of an update is higher than all before.
    package var number: Int
    /// The path of the program.
    package var binary: String
    /// The default style; nil for that of the settings.
    package var style: String?

    package init(number: Int, binary: String, style: String? = nil) {
        self.number = number
        self.binary = binary
        self.style = style
    }
}

/// What a supervisor needs to run a pool.
package struct PoolPlan: Sendable {
    /// How workers are treated.
    package var settings: PoolSettings
    /// What the first workers are started from.
    package var generation: Generation
    /// The workers' command line, without the program's name.
    package var arguments: [String]
    /// The listening socket that all workers share.
    package var socket: ListeningSocket
    /// The service's address, such as `http://127.0.0.1:7860`.
    package var address: String
    /// The pool's runtime folder, for its sockets.
    package var folder: String
    /// The Unix socket of the supervisor's job store; nil where workers have a store of their own.
    package var store: String?
    /// The golden pictures that were released with the installed models.
    package var goldens: [GoldenPicture]
    /// The Unix socket of `sakuga ctl`.
    package var control: String

    package init(
        settings: PoolSettings, generation: Generation, arguments: [String], socket: ListeningSocket, address: String,
        folder: String, store: String?, goldens: [GoldenPicture], control: String
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
