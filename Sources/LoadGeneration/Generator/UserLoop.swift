import LatencyHistograms
import NIOCore
import NIOPosix

/// The virtual users of one event loop and what they have recorded. Used on that loop only.
final class UserLoop {
    /// How often deadlines are checked and the loop's lateness is measured, in nanoseconds.
    private static let tick: UInt64 = 50_000_000
    /// Arrivals that are handled before connections get their turn again.
    private static let burst = 256

    let eventLoop: any EventLoop
    let target: LoadTarget
    let follow: FollowSettings?
    let keepAlive: Bool
    let connectTimeout: UInt64
    /// What was recorded since the last `collect`.
    var window: GeneratorWindow
    private(set) var isStopping = false

    private let index: Int
    private let loops: Int
    private let settings: GeneratorSettings
    private let connector: Connector
    private let pool: NIOThreadPool
    private var requests: PendingRequests
    private var random: SeededRandom
    private var users: [VirtualUser] = []
    private var leaving = 0
    private var inFlight = 0
    private var spawning: SpawnSchedule?
    private var spawnTimer: Scheduled<Void>?
    private var arrivals: ArrivalSchedule?
    private var arrivalTimer: Scheduled<Void>?
    /// Users of the open model without a request; their connections are kept for later arrivals.
    private var idle: [VirtualUser] = []
    private var whenEmpty: EventLoopPromise<Void>?

    init(_ setup: GeneratorSetup, index: Int, eventLoop: any EventLoop) {
        let settings = setup.settings
        self.eventLoop = eventLoop
        self.index = index
        self.settings = settings
        loops = max(1, settings.threads)
        connector = setup.connector
        pool = setup.pool
        target = settings.target
        follow = settings.follow
        keepAlive = settings.connection.keepAlive
        connectTimeout = settings.connection.connectTimeout.wholeNanoseconds
        window = GeneratorWindow(counts: WindowCounts(labels: setup.labels))
        random = SeededRandom(seed: settings.seed &+ UInt64(index) &* 0x5851_F42D_4C95_7F2D)
        requests = PendingRequests(setup, index: index, seed: random.next())
        if case .open(let kind, _) = settings.model {
            arrivals = ArrivalSchedule(kind, loops: loops, index: index, seed: random.next())
        }
    }

    /// The loop's own scheduling, without a closure that must be sendable.
    var isolated: NIOIsolatedEventLoop { eventLoop.assumeIsolated() }

    func now() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

    /// Whether requests have an intended start.
    var hasSchedule: Bool {
        switch settings.model {
        case .open, .closed(.pacing): true
        case .closed: false
        }
    }
}

// MARK: - Start and stop

extension UserLoop {
    /// Starts to check deadlines. To be called once.
    func start() { scheduleTick(at: now() + Self.tick) }

    private func scheduleTick(at due: UInt64) {
        isolated.scheduleTask(deadline: .uptimeNanoseconds(due)) { [weak self] in self?.tick(due: due) }
    }

    private func tick(due: UInt64) {
        let now = now()
        window.recordLateness(now - min(now, due), tick: Self.tick)
        // A user that fails here may leave the list; going backwards, none is skipped.
        for index in users.indices.reversed() where index < users.count { users[index].checkDeadline(now: now) }
        if !(isStopping && users.isEmpty) { scheduleTick(at: max(due + Self.tick, now)) }
    }

    /// What was recorded since the last call.
    func collect() -> GeneratorWindow {
        window.users = isOpen ? 0 : users.count - leaving
        window.inFlight = inFlight
        var taken = window
        taken.counts = window.counts.take()
        let connections = window.connections
        window = GeneratorWindow(counts: window.counts)
        window.connections = connections
        window.counts.peakInFlight = inFlight
        return taken
    }

    /// Lets all users finish their request; the future succeeds when none is left.
    func stop() -> EventLoopFuture<Void> {
        isStopping = true
        spawnTimer?.cancel()
        arrivalTimer?.cancel()
        spawning = nil
        arrivals?.setRate(0, now: now())
        let promise = eventLoop.makePromise(of: Void.self)
        whenEmpty = promise
        for user in users where user.isBetweenRequests { remove(user) }
        if users.isEmpty { signalEmpty() }
        return promise.futureResult
    }

    /// Cancels what is still in flight.
    func cancel() {
        for user in users {
            if user.request != nil {
                window.abandoned += 1
                inFlight -= 1
            }
            user.cancel()
        }
        users.removeAll()
        idle.removeAll()
        signalEmpty()
    }

    private func signalEmpty() {
        whenEmpty?.succeed()
        whenEmpty = nil
    }

    private var isOpen: Bool { arrivals != nil }
}

// MARK: - The closed model

extension UserLoop {
    /// Sets the number of users of all loops together.
    func setUsers(_ count: Int, spawnRate: Double) {
        guard !isStopping, !isOpen else { return }
        let share = SpawnSchedule.share(of: count, loops: loops, index: index)
        let present = users.count - leaving
        spawnTimer?.cancel()
        spawning = nil
        if share < present {
            retire(present - share)
        } else if share > present {
            spawning = SpawnSchedule(count: share - present, perSecond: spawnRate, start: now(), loops: loops, index: index)
            spawn()
        }
    }

    private func retire(_ count: Int) {
        for user in users.filter({ !$0.isLeaving }).suffix(count) {
            if user.isBetweenRequests {
                remove(user)
            } else {
                user.isLeaving = true
                leaving += 1
            }
        }
    }

    private func spawn() {
        let now = now()
        for _ in 0..<(spawning?.take(now: now) ?? 0) { addUser().start(due: hasSchedule ? now : nil, now: self.now()) }
        guard let next = spawning?.next else {
            spawning = nil
            return
        }
        spawnTimer = isolated.scheduleTask(deadline: .uptimeNanoseconds(next)) { [weak self] in self?.spawn() }
    }

    private func addUser() -> VirtualUser {
        let user = VirtualUser(loop: self)
        user.index = users.count
        users.append(user)
        return user
    }

    /// Removes a user.
    func remove(_ user: VirtualUser) {
        user.cancel()
        if user.isLeaving { leaving -= 1 }
        users.swapAt(user.index, users.count - 1)
        users[user.index].index = user.index
        users.removeLast()
        if isStopping, users.isEmpty { signalEmpty() }
    }
}

// MARK: - The open model

extension UserLoop {
    /// Sets the arrivals a second of all loops together.
    func setRate(_ perSecond: Double) {
        guard !isStopping, isOpen else { return }
        arrivalTimer?.cancel()
        arrivals?.setRate(perSecond, now: now())
        scheduleArrival()
    }

    private func scheduleArrival() {
        guard let next = arrivals?.next else { return }
        arrivalTimer = isolated.scheduleTask(deadline: .uptimeNanoseconds(next)) { [weak self] in self?.arrive() }
    }

    private func arrive() {
        for _ in 0..<Self.burst {
            guard let due = arrivals?.next, due <= now() else { break }
            arrivals?.advance()
            arrive(due: due)
        }
        // A timer that is due already fires as soon as connections have had their turn.
        scheduleArrival()
    }

    private func arrive(due: UInt64) {
        if let user = idle.popLast() {
            user.start(due: due, now: now())
        } else if users.count < limitInFlight {
            addUser().start(due: due, now: now())
        } else {
            window.counts.droppedStarts += 1
        }
    }

    private var limitInFlight: Int {
        guard case .open(_, let limit) = settings.model else { return 0 }
        return SpawnSchedule.share(of: limit, loops: loops, index: index)
    }

    /// Keeps a user and its connection for a later arrival.
    func addIdle(_ user: VirtualUser) { idle.append(user) }
}

// MARK: - Services for users

extension UserLoop {
    /// What a user does after a request.
    enum Next {
        /// Starts the next one.
        case now
        /// Starts the next one at a time in nanoseconds.
        case at(UInt64)
        /// Waits for an arrival (open model).
        case idle
    }

    func next(due: UInt64, end: UInt64) -> Next {
        guard case .closed(let wait) = settings.model else { return .idle }
        return wait.next(due: due, end: end, random: &random).map { .at($0) } ?? .now
    }

    func nextRequest(due: UInt64?, now: UInt64) -> LoadRequest {
        inFlight += 1
        window.counts.started += 1
        window.counts.peakInFlight = max(window.counts.peakInFlight, inFlight)
        if let due { window.startLag.record((now - min(now, due)) / 1000) }
        return requests.next(due: due, now: now)
    }

    func followUp(_ request: LoadRequest, path: String) -> OutgoingRequest { requests.followUp(request, path: path) }

    func connect(for user: VirtualUser) -> TargetConnection { connector.connect(on: eventLoop, delegate: user) }

    func check(_ response: TargetResponse, of request: LoadRequest, now: UInt64) -> CheckResult {
        requests.check(response, of: request, now: now)
    }

    /// Decodes a picture on a thread of the pool and calls `completion` on the event loop.
    func decode(_ picture: PictureDecoding, completion: @escaping (RequestFailure?) -> Void) {
        window.picturesDecoded += 1
        pool.runIfActive(eventLoop: eventLoop) { picture.failure() }
            .assumeIsolated()
            .whenComplete { result in completion((try? result.get()) ?? nil) }
    }

    func record(_ request: LoadRequest, _ outcome: RequestOutcome, end: UInt64, detail: String) {
        inFlight -= 1
        if request.fetchesResult { window.followed += 1 }
        let record = RequestRecord(
            request: requests.label(of: request), intendedStart: request.due, start: request.start, end: end, outcome: outcome,
            bytesSent: request.sent, bytesReceived: request.received)
        window.counts.record(record) { "\(detail) (request \(request.id))" }
    }
}
