import LatencyHistograms
import NIOCore
import NIOPosix

/// The users of one event loop, what they ask, and what they have seen. Touched on that loop only.
final class UserLoop {
    /// How often deadlines are looked at and the loop's lateness is measured.
    private static let tick: UInt64 = 50_000_000
    /// Arrivals that are dealt with before connections get their turn again.
    private static let burst = 256

    let eventLoop: any EventLoop
    let target: LoadTarget
    let follow: FollowSettings?
    let keepAlive: Bool
    let connectNanoseconds: UInt64
    /// What was seen since it was last collected.
    var window: GeneratorWindow
    private(set) var isStopping = false

    private let place: Int
    private let loops: Int
    private let settings: GeneratorSettings
    private let connector: Connector
    private let pool: NIOThreadPool
    private var book: ErrandBook
    private var random: SeededRandom
    private var users: [VirtualUser] = []
    private var leaving = 0
    private var inFlight = 0
    private var spawning: SpawnSchedule?
    private var spawnTimer: Scheduled<Void>?
    private var arrivals: ArrivalSchedule?
    private var arrivalTimer: Scheduled<Void>?
    private var parked: [VirtualUser] = []
    private var whenEmpty: EventLoopPromise<Void>?

    init(_ setup: GeneratorSetup, place: Int, eventLoop: any EventLoop) {
        let settings = setup.settings
        self.eventLoop = eventLoop
        self.place = place
        self.settings = settings
        loops = max(1, settings.threads)
        connector = setup.connector
        pool = setup.pool
        target = settings.target
        follow = settings.follow
        keepAlive = settings.connection.keepAlive
        connectNanoseconds = settings.connection.connectTimeout.wholeNanoseconds
        window = GeneratorWindow(counts: WindowCounts(labels: setup.labels))
        random = SeededRandom(seed: settings.seed &+ UInt64(place) &* 0x5851_F42D_4C95_7F2D)
        book = ErrandBook(setup, place: place, seed: random.next())
        if case .open(let kind, _) = settings.model {
            arrivals = ArrivalSchedule(kind, loops: loops, place: place, seed: random.next())
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

// MARK: - Beginning and end

extension UserLoop {
    /// Begins to look at deadlines. Once.
    func start() { scheduleTick(at: now() + Self.tick) }

    private func scheduleTick(at due: UInt64) {
        isolated.scheduleTask(deadline: .uptimeNanoseconds(due)) { [weak self] in self?.ring(due: due) }
    }

    private func ring(due: UInt64) {
        let now = now()
        window.recordLateness(now - min(now, due), tick: Self.tick)
        // A user that fails here may leave the list or begin anew; going backwards, nobody is passed over.
        for index in users.indices.reversed() where index < users.count { users[index].checkDeadline(now: now) }
        if !(isStopping && users.isEmpty) { scheduleTick(at: max(due + Self.tick, now)) }
    }

    /// What was seen since the last call.
    func collect() -> GeneratorWindow {
        window.users = isOpen ? 0 : users.count - leaving
        window.inFlight = inFlight
        var taken = window
        taken.counts = window.counts.take()
        let connections = window.connections
        window = GeneratorWindow(counts: window.counts)
        window.connections = connections
        window.counts.mostInFlight = inFlight
        return taken
    }

    /// Lets all go after their errand; the future succeeds when nobody is left.
    func stop() -> EventLoopFuture<Void> {
        isStopping = true
        spawnTimer?.cancel()
        arrivalTimer?.cancel()
        spawning = nil
        arrivals?.setRate(0, now: now())
        let promise = eventLoop.makePromise(of: Void.self)
        whenEmpty = promise
        for user in users where user.isAtRest { depart(user) }
        if users.isEmpty { tellEmpty() }
        return promise.futureResult
    }

    /// Cuts what still runs.
    func cut() {
        for user in users {
            if user.errand != nil {
                window.abandoned += 1
                inFlight -= 1
            }
            user.cut()
        }
        users.removeAll()
        parked.removeAll()
        tellEmpty()
    }

    private func tellEmpty() {
        whenEmpty?.succeed()
        whenEmpty = nil
    }

    private var isOpen: Bool { arrivals != nil }
}

// MARK: - The closed model

extension UserLoop {
    /// From now on this loop has its share of `count` users.
    func setUsers(_ count: Int, spawnRate: Double) {
        guard !isStopping, !isOpen else { return }
        let share = SpawnSchedule.share(of: count, loops: loops, place: place)
        let present = users.count - leaving
        spawnTimer?.cancel()
        spawning = nil
        if share < present {
            letGo(present - share)
        } else if share > present {
            spawning = SpawnSchedule(count: share - present, perSecond: spawnRate, start: now(), loops: loops, place: place)
            spawn()
        }
    }

    private func letGo(_ count: Int) {
        for user in users.filter({ !$0.isLeaving }).suffix(count) {
            if user.isAtRest {
                depart(user)
            } else {
                user.isLeaving = true
                leaving += 1
            }
        }
    }

    private func spawn() {
        let now = now()
        for _ in 0..<(spawning?.take(now: now) ?? 0) { addUser().begin(due: hasSchedule ? now : nil, now: self.now()) }
        guard let next = spawning?.next else {
            spawning = nil
            return
        }
        spawnTimer = isolated.scheduleTask(deadline: .uptimeNanoseconds(next)) { [weak self] in self?.spawn() }
    }

    private func addUser() -> VirtualUser {
        let user = VirtualUser(loop: self)
        user.place = users.count
        users.append(user)
        return user
    }

    /// Takes a user off the list.
    func depart(_ user: VirtualUser) {
        user.cut()
        if user.isLeaving { leaving -= 1 }
        users.swapAt(user.place, users.count - 1)
        users[user.place].place = user.place
        users.removeLast()
        if isStopping, users.isEmpty { tellEmpty() }
    }
}

// MARK: - The open model

extension UserLoop {
    /// From now on requests arrive at this loop's share of `perSecond`.
    func setRate(_ perSecond: Double) {
        guard !isStopping, isOpen else { return }
        arrivalTimer?.cancel()
        arrivals?.setRate(perSecond, now: now())
        awaitArrival()
    }

    private func awaitArrival() {
        guard let next = arrivals?.next else { return }
        arrivalTimer = isolated.scheduleTask(deadline: .uptimeNanoseconds(next)) { [weak self] in self?.arrive() }
    }

    private func arrive() {
        for _ in 0..<Self.burst {
            guard let due = arrivals?.next, due <= now() else { break }
            arrivals?.advance()
            arrive(due: due)
        }
        // A time that has passed already is a timer that rings as soon as connections have had their turn.
        awaitArrival()
    }

    private func arrive(due: UInt64) {
        if let user = parked.popLast() {
            user.begin(due: due, now: now())
        } else if users.count < limitInFlight {
            addUser().begin(due: due, now: now())
        } else {
            window.counts.droppedStarts += 1
        }
    }

    private var limitInFlight: Int {
        guard case .open(_, let limit) = settings.model else { return 0 }
        return SpawnSchedule.share(of: limit, loops: loops, place: place)
    }

    /// Keeps a place in flight, and its connection, for a later arrival.
    func park(_ user: VirtualUser) { parked.append(user) }
}

// MARK: - What users ask of their loop

extension UserLoop {
    /// What a user does after an errand.
    enum Next {
        case atOnce
        case at(UInt64)
        case park
    }

    func next(due: UInt64, end: UInt64) -> Next {
        guard case .closed(let wait) = settings.model else { return .park }
        return wait.next(due: due, end: end, random: &random).map { .at($0) } ?? .atOnce
    }

    func nextErrand(due: UInt64?, now: UInt64) -> Errand {
        inFlight += 1
        window.counts.started += 1
        window.counts.mostInFlight = max(window.counts.mostInFlight, inFlight)
        if let due { window.startLag.record((now - min(now, due)) / 1000) }
        return book.next(due: due, now: now)
    }

    func followCall(_ errand: Errand, path: String) -> WireCall { book.followCall(errand, path: path) }

    func connect(for user: VirtualUser) -> any Wire { connector.connect(on: eventLoop, for: user) }

    func verdict(_ answer: WireAnswer, for errand: Errand, now: UInt64) -> AnswerVerdict {
        book.verdict(answer, for: errand, now: now)
    }

    /// Decodes on a thread of the pool and tells on the event loop.
    func decode(_ task: PictureTask, then tell: @escaping (AnswerComplaint?) -> Void) {
        window.picturesDecoded += 1
        pool.runIfActive(eventLoop: eventLoop) { task.complaint() }
            .assumeIsolated()
            .whenComplete { result in tell((try? result.get()) ?? nil) }
    }

    func record(_ errand: Errand, _ outcome: RequestOutcome, end: UInt64, detail: String) {
        inFlight -= 1
        if errand.fetchesResult { window.followed += 1 }
        let record = RequestRecord(
            request: book.label(of: errand), intendedStart: errand.due, start: errand.start, end: end, outcome: outcome,
            bytesSent: errand.sent, bytesReceived: errand.received)
        window.counts.record(record) { "\(detail) (request \(errand.id))" }
    }
}
