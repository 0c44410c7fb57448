/// A job that has been taken and waits for its start.
package struct WaitingJob: Sendable, Equatable {
    /// Names the job while it is in the scheduler.
    package var ticket: UInt64
    /// Whose turn it takes.
    package var client: String
    /// What it will take.
    package var cost: JobCost
    /// What it will take in core-seconds, as reckoned when it came.
    package var coreSeconds: Double
    /// Bytes of its encoded picture.
    package var encodedBytes: Int
    /// It is of no use to its client if not done by then.
    package var deadline: ContinuousClock.Instant?
    /// If it has not started by then, it won't be done within the wait that its client was promised.
    package var latestStart: ContinuousClock.Instant?
    /// How many jobs have started before it since it had its turn and did not fit.
    package var passes = 0

    /// Makes a waiting job.
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

    /// The moment from which waiting longer makes no sense; nil: never.
    var patience: ContinuousClock.Instant? {
        guard let deadline, let latestStart else { return deadline ?? latestStart }
        return min(deadline, latestStart)
    }
}

/// Jobs that wait, in the order in which they will start: clients take turns, and each client's jobs keep their order.
///
/// This is fair queuing by core-seconds. The line has a time of its own, which says how much each waiting client has had by now:
/// a start of c core-seconds while n clients wait moves it by c/n. A job's turn comes at the line's time when it joined, or when
/// its client's job before it has used up what it takes, whichever is later; the earliest turn is next. So clients with one job
/// each are served as they come, a client's thousandth job lets everybody else's first go before, and yet its turn comes: time
/// passes with every start, and who joins later than a job's turn goes after it.
package struct WaitingLine: Sendable {
    private struct Place {
        var job: WaitingJob
        /// The line's time when the job came.
        let joined: Double
        var turn: Double
    }

    /// What is remembered of a client: for as long as it has jobs waiting or has had more than its turn.
    private struct Client {
        /// When what its started jobs take is used up, in the line's time.
        var usedUntil = 0.0
        /// The same, its waiting jobs included.
        var claimedUntil = 0.0
        var waiting = 0
    }

    // A sorted array: the line is a few hundred long, so moving its tail costs less than a cleverer structure.
    private var places: [Place] = []
    private var clients: [String: Client] = [:]
    private var time = 0.0
    private var waitingClients = 0
    /// Sum of the encoded pictures in the line, in bytes.
    package private(set) var encodedBytes = 0

    /// Makes an empty line.
    package init() {}

    /// Jobs in the line.
    package var count: Int { places.count }
    /// Whether nobody waits.
    package var isEmpty: Bool { places.isEmpty }
    /// Clients that the line remembers; bounded by the jobs waiting and those started lately.
    package var rememberedClients: Int { clients.count }

    /// The job in the place `index`; 0 is next.
    package subscript(index: Int) -> WaitingJob { places[index].job }

    /// The place that a job of `client` would get if it came now; 0 is next. Complexity: O(log count).
    package func place(for client: String) -> Int {
        place(forTurn: max(time, clients[client]?.claimedUntil ?? 0))
    }

    /// A job joins the line.
    package mutating func join(_ job: WaitingJob) {
        var client = clients[job.client] ?? Client()
        let turn = max(time, client.claimedUntil)
        client.claimedUntil = turn + job.coreSeconds
        if client.waiting == 0 { waitingClients += 1 }
        client.waiting += 1
        clients[job.client] = client
        places.insert(Place(job: job, joined: time, turn: turn), at: place(forTurn: turn))
        encodedBytes += job.encodedBytes
    }

    /// The job in the place `index` starts, and leaves the line.
    package mutating func start(at index: Int) -> WaitingJob {
        let sharers = waitingClients
        let place = remove(at: index)
        time = max(time, place.turn) + place.job.coreSeconds / Double(sharers)
        if var client = clients[place.job.client] {
            client.usedUntil = max(client.usedUntil, place.turn + place.job.coreSeconds)
            clients[place.job.client] = client
        }
        forgetOldClients()
        return place.job
    }

    /// The job in the place `index` leaves the line unrun: its client's later jobs move up.
    package mutating func leave(at index: Int) -> WaitingJob {
        let left = remove(at: index).job
        retime(left.client)
        forgetOldClients()
        return left
    }

    /// Another job has started before the one in the place `index`, whose turn it was.
    package mutating func pass(at index: Int) {
        places[index].job.passes += 1
    }

    /// The place of the job with this ticket. Complexity: O(count).
    package func place(of ticket: UInt64) -> Int? {
        places.firstIndex { $0.job.ticket == ticket }
    }

    /// The first place whose job has no reason to wait any more.
    package func placeOfImpatient(at now: ContinuousClock.Instant) -> Int? {
        places.firstIndex { place in place.job.patience.map { $0 <= now } ?? false }
    }

    /// The earliest moment at which a job has no reason to wait any more.
    package var nextImpatience: ContinuousClock.Instant? {
        places.lazy.compactMap(\.job.patience).min()
    }

    /// After all whose turn is not later: who came first goes first.
    private func place(forTurn turn: Double) -> Int {
        var low = 0, high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].turn <= turn { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func remove(at index: Int) -> Place {
        let place = places.remove(at: index)
        encodedBytes -= place.job.encodedBytes
        if var client = clients[place.job.client] {
            client.waiting -= 1
            if client.waiting == 0 { waitingClients -= 1 }
            clients[place.job.client] = client
        }
        return place
    }

    /// Gives the client's waiting jobs the turns that they would have without the one that has left.
    private mutating func retime(_ name: String) {
        guard var client = clients[name] else { return }
        client.claimedUntil = client.usedUntil
        for index in places.indices where places[index].job.client == name {
            places[index].turn = max(places[index].joined, client.claimedUntil)
            client.claimedUntil = places[index].turn + places[index].job.coreSeconds
        }
        clients[name] = client
        places.sort { ($0.turn, $0.job.ticket) < ($1.turn, $1.job.ticket) }
    }

    /// A client without waiting jobs whose time is used up is like a new one. Looks only now and then, when many have gathered.
    private mutating func forgetOldClients() {
        guard clients.count > 2 * places.count + 64 else { return }
        clients = clients.filter { $0.value.waiting > 0 || $0.value.usedUntil > time }
    }
}
