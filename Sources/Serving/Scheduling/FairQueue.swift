/// An admitted job that waits for its start.
package struct WaitingJob: Sendable, Equatable {
    /// Identifies the job in the scheduler.
    package var ticket: UInt64
    /// The client that it counts for.
    package var client: String
    /// What it takes.
    package var cost: JobCost
    /// The core-seconds that it takes, as predicted on arrival.
    package var coreSeconds: Double
    /// Bytes of its encoded picture.
    package var encodedBytes: Int
    /// When its result becomes useless.
    package var deadline: ContinuousClock.Instant?
    /// The latest start that keeps within the client's maximum wait.
    package var latestStart: ContinuousClock.Instant?
    /// How many jobs have started before it since it was next and did not fit into the memory.
    package var passes = 0

    /// Creates a waiting job.
    package init(
        ticket: UInt64, client: String, cost: JobCost, coreSeconds: Double, encodedBytes: Int = 0,
        deadline: ContinuousClock.Instant? = nil, latestStart: ContinuousClock.Instant? = nil
    ) {
        self.ticket = ticket
        self.client = client
        self.cost = cost
        self.coreSeconds = coreSeconds
        self.encodedBytes = encodedBytes
        self.deadline = deadline
        self.latestStart = latestStart
    }

    /// When waiting longer becomes pointless; nil means never.
    var expiry: ContinuousClock.Instant? {
        guard let deadline, let latestStart else { return deadline ?? latestStart }
        return min(deadline, latestStart)
    }
}

/// Waiting jobs in the order in which they start: clients get equal shares, and each client's jobs keep their order.
///
/// This is start-time fair queuing by core-seconds. The queue has a virtual time, which is the share that every waiting client has
/// received so far: a start of c core-seconds while n clients wait advances it by c/n. The virtual start of a job is the virtual time of
/// its arrival or the end of the client's previous job, whichever is later; the earliest virtual start goes next. Clients with one
/// job each are served in order of arrival. A client's thousandth job lets the first job of every other client pass, and is still not
/// starved, because the virtual time advances with every start and later arrivals go behind it.
package struct FairQueue: Sendable {
    private struct Entry {
        var job: WaitingJob
        /// The virtual time of its arrival.
        let arrived: Double
        var virtualStart: Double
    }

    /// A client is tracked while it has waiting jobs or has received more than its share.
    private struct Client {
        /// The virtual time at which its started jobs end.
        var startedUntil = 0.0
        /// The virtual time at which all its jobs end, waiting ones included.
        var claimedUntil = 0.0
        var waiting = 0
    }

    // A sorted array: the queue holds a few hundred jobs, so moving its tail costs less than a heap or tree would.
    private var entries: [Entry] = []
    private var clients: [String: Client] = [:]
    private var virtualTime = 0.0
    private var waitingClients = 0
    /// Sum of the encoded pictures in the queue, in bytes.
    package private(set) var encodedBytes = 0

    /// Creates an empty queue.
    package init() {}

    /// The number of waiting jobs.
    package var count: Int { entries.count }
    /// Whether no job waits.
    package var isEmpty: Bool { entries.isEmpty }
    /// The number of tracked clients, bounded by the jobs that wait and those that started lately.
    package var trackedClients: Int { clients.count }

    /// The job at a position; 0 is next.
    package subscript(index: Int) -> WaitingJob { entries[index].job }

    /// The position that a job of `client` would get now; 0 is next. Complexity: O(log count).
    package func position(for client: String) -> Int {
        position(forVirtualStart: max(virtualTime, clients[client]?.claimedUntil ?? 0))
    }

    /// Adds a job.
    package mutating func enqueue(_ job: WaitingJob) {
        var client = clients[job.client] ?? Client()
        let virtualStart = max(virtualTime, client.claimedUntil)
        client.claimedUntil = virtualStart + job.coreSeconds
        if client.waiting == 0 { waitingClients += 1 }
        client.waiting += 1
        clients[job.client] = client
        entries.insert(
            Entry(job: job, arrived: virtualTime, virtualStart: virtualStart), at: position(forVirtualStart: virtualStart))
        encodedBytes += job.encodedBytes
    }

    /// Takes out the job at a position to start it.
    package mutating func dequeue(at index: Int) -> WaitingJob {
        let sharers = waitingClients
        let entry = take(at: index)
        virtualTime = max(virtualTime, entry.virtualStart) + entry.job.coreSeconds / Double(sharers)
        if var client = clients[entry.job.client] {
            client.startedUntil = max(client.startedUntil, entry.virtualStart + entry.job.coreSeconds)
            clients[entry.job.client] = client
        }
        forgetIdleClients()
        return entry.job
    }

    /// Takes out the job at a position without starting it: later jobs of its client move up.
    package mutating func remove(at index: Int) -> WaitingJob {
        let removed = take(at: index).job
        reschedule(removed.client)
        forgetIdleClients()
        return removed
    }

    /// Counts that another job has started before the one at this position, which was next.
    package mutating func recordPass(at index: Int) {
        entries[index].job.passes += 1
    }

    /// The position of the job with this ticket. Complexity: O(count).
    package func position(of ticket: UInt64) -> Int? {
        entries.firstIndex { $0.job.ticket == ticket }
    }

    /// The first position whose job has expired.
    package func firstExpired(at now: ContinuousClock.Instant) -> Int? {
        entries.firstIndex { entry in entry.job.expiry.map { $0 <= now } ?? false }
    }

    /// When the next job expires.
    package var nextExpiry: ContinuousClock.Instant? {
        entries.lazy.compactMap(\.job.expiry).min()
    }

    /// Behind all entries with the same virtual start: first come, first served.
    private func position(forVirtualStart virtualStart: Double) -> Int {
        var low = 0, high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].virtualStart <= virtualStart { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func take(at index: Int) -> Entry {
        let entry = entries.remove(at: index)
        encodedBytes -= entry.job.encodedBytes
        if var client = clients[entry.job.client] {
            client.waiting -= 1
            if client.waiting == 0 { waitingClients -= 1 }
            clients[entry.job.client] = client
        }
        return entry
    }

    /// Gives the client's waiting jobs the virtual starts that they would have without the removed job.
    private mutating func reschedule(_ name: String) {
        guard var client = clients[name] else { return }
        client.claimedUntil = client.startedUntil
        for index in entries.indices where entries[index].job.client == name {
            entries[index].virtualStart = max(entries[index].arrived, client.claimedUntil)
            client.claimedUntil = entries[index].virtualStart + entries[index].job.coreSeconds
        }
        clients[name] = client
        entries.sort { ($0.virtualStart, $0.job.ticket) < ($1.virtualStart, $1.job.ticket) }
    }

    /// A client without waiting jobs whose share is used up is like a new one. Scans only when many have gathered.
    private mutating func forgetIdleClients() {
        guard clients.count > 2 * entries.count + 64 else { return }
        clients = clients.filter { $0.value.waiting > 0 || $0.value.startedUntil > virtualTime }
    }
}
