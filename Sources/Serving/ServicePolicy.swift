/// What the service does with work that it can't do at once.
package struct ServicePolicy: Sendable {
    /// What happens to a direct request that would take longer than `maximumWait`.
    package enum Overload: String, Sendable, CaseIterable {
        /// It becomes a job in the queue, and the client is told its place.
        case queue
        /// It is refused, and the client is told when to come again.
        case reject
    }

    /// Longest time that a direct request is kept waiting, its own run included.
    package var maximumWait: Duration = .seconds(3)
    /// What happens beyond that.
    package var overload: Overload = .queue
    /// Jobs of the store that this process works on at once.
    package var workers: Int = 1
    /// Names this process among those that share a store.
    package var workerName: String
    /// A claim is kept alive this often; well below the store's claim time.
    package var keepAlive: Duration = .milliseconds(500)

    /// The defaults of `sakuga serve` for a process called `workerName`.
    package init(workerName: String) {
        self.workerName = workerName
    }
}
