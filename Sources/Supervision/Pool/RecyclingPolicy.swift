/// When a worker that has done its share, or has grown too large, is replaced.
package struct RecyclingPolicy: Sendable, Equatable {
    /// Requests after which a worker is replaced; nil: never for that.
    package var maximumRequests: Int?
    /// Bytes of memory above which one is replaced; nil: never for that.
    package var maximumResidentBytes: Int?

    /// A policy; by default nobody is ever replaced.
    package init(maximumRequests: Int? = nil, maximumResidentBytes: Int? = nil) {
        self.maximumRequests = maximumRequests
        self.maximumResidentBytes = maximumResidentBytes
    }

    /// The requests of one worker: up to a tenth more than the maximum, so that workers which began together do not end together.
    /// `chance` is 0 to 1.
    package func requests(chance: Double) -> Int? {
        maximumRequests.map { $0 + Int(Double($0) * 0.1 * min(1, max(0, chance))) }
    }

    /// Why the worker is to be replaced; nil when it is not.
    package func reason(_ load: WorkerLoad, requests: Int?) -> String? {
        if let requests, load.answers >= requests { return "it has answered \(load.answers) requests" }
        if let most = maximumResidentBytes, load.residentBytes > most {
            return "it takes \(load.residentBytes / 1_000_000) MB of memory, more than \(most / 1_000_000) MB"
        }
        return nil
    }
}
