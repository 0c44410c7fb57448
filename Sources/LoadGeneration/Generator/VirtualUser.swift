import NIOCore

/// A virtual user, or one slot in flight of the open model: a connection, at most one request, and what comes after it.
///
/// Lives on the event loop of its `UserLoop`, which alone holds it.
final class VirtualUser {
    /// The pause after a failed connection, whatever the think time: an unreachable server would otherwise be tried as fast as the
    /// processor can. In nanoseconds.
    static let reconnectDelay: UInt64 = 100_000_000

    private unowned let loop: UserLoop
    private(set) var request: LoadRequest?
    private var connection: TargetConnection?
    /// Whether the connection is established (it counts as one of the loop's connections), and whether it has carried a response.
    private var isConnected = false
    private var hasCarried = false
    private var timer: NIOScheduledCallback?
    /// When the timer is due.
    private var timerDue: UInt64 = 0
    /// Whether the picture of the request's response is being decoded.
    private var isDecoding = false
    /// When the last request was due.
    private var lastDue: UInt64 = 0
    /// Whether it leaves after its request.
    var isLeaving = false
    /// Its index in the loop's list.
    var index = 0

    init(loop: UserLoop) { self.loop = loop }

    /// Whether it waits between two requests or is idle, and can leave at once.
    var isBetweenRequests: Bool { request == nil }

    /// Starts a request. `due` is its intended start, where the load has a schedule.
    func start(due: UInt64?, now: UInt64) {
        lastDue = due ?? now
        request = loop.nextRequest(due: due, now: now)
        send()
    }

    /// Stops whatever it does, without a record.
    func cancel() {
        timer?.cancel()
        timer = nil
        closeConnection()
        request = nil
    }

    /// Fails a request that has timed out.
    func checkDeadline(now: UInt64) {
        guard let request, !isDecoding else { return }
        if connection != nil, !isConnected, now >= request.start &+ loop.connectTimeout, request.polling == nil {
            closeConnection()
            fail(.connectTimedOut, at: now, delaysReconnect: true)
        } else if now >= request.deadline {
            closeConnection()
            fail(request.polling == nil ? .timedOut : .jobTimedOut, at: now)
        }
    }

    private func send() {
        guard let outgoing = request?.outgoing else { return }
        request?.sent += outgoing.message.byteCount
        if let connection, isConnected {
            connection.send(outgoing)
        } else {
            hasCarried = false
            connection = loop.connect(for: self)
        }
    }

    private func closeConnection() {
        connection?.close()
        forgetConnection()
    }

    private func forgetConnection() {
        if isConnected { loop.window.connections -= 1 }
        isConnected = false
        connection = nil
    }

    private func finish(_ outcome: RequestOutcome, at end: UInt64, detail: String = "", delaysReconnect: Bool = false) {
        guard let finished = request else { return }
        request = nil
        if !loop.keepAlive { closeConnection() }
        loop.record(finished, outcome, end: end, detail: detail)
        guard !isLeaving, !loop.isStopping else { return loop.remove(self) }
        switch loop.next(due: lastDue, end: end) {
        case .idle: loop.addIdle(self)
        case .now where delaysReconnect: schedule(at: end + Self.reconnectDelay)
        case .now:
            let now = loop.now()
            start(due: loop.hasSchedule ? now : nil, now: now)
        case .at(let time): schedule(at: delaysReconnect ? max(time, end + Self.reconnectDelay) : time)
        }
    }

    private func fail(_ failure: RequestFailure, at end: UInt64, delaysReconnect: Bool = false) {
        finish(.failed(failure.cause), at: end, detail: failure.detail, delaysReconnect: delaysReconnect)
    }
}

// MARK: - Timer

extension VirtualUser: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        if request != nil { return poll() }
        start(due: loop.hasSchedule ? timerDue : nil, now: loop.now())
    }

    private func schedule(at time: UInt64) {
        timerDue = time
        // An event loop that refuses a timer is shutting down, and its users with it.
        timer = try? loop.isolated.scheduleCallback(at: .uptimeNanoseconds(time), handler: self)
    }
}

// MARK: - Responses

extension VirtualUser: TargetConnectionDelegate {
    func connectionIsReady(_ connection: TargetConnection) {
        guard let outgoing = request?.outgoing else { return closeConnection() }
        isConnected = true
        loop.window.connections += 1
        loop.window.connectionsOpened += 1
        connection.send(outgoing)
    }

    func connection(_ connection: TargetConnection, received response: TargetResponse, keepsAlive: Bool) {
        let now = loop.now()
        hasCarried = true
        if !keepsAlive { forgetConnection() }
        request?.received += response.received
        guard let request else { return closeConnection() }
        if let polling = request.polling, !request.fetchesResult { return follow(polling.next(after: response), now: now) }
        switch loop.check(response, of: request, now: now) {
        case .passed: finish(.succeeded, at: now)
        case .failed(let failure): fail(failure, at: now)
        case .queued: followQueued(response, now: now)
        case .decode(let picture): decode(picture, end: now)
        }
    }

    func connection(_ connection: TargetConnection, failed failure: RequestFailure, receivedBytes: Int) {
        let wasConnected = isConnected
        forgetConnection()
        // A server may close a kept connection at the very moment at which it is used again: that is not its failure.
        let isStale =
            hasCarried && receivedBytes == 0
            && [.closedWithoutResponse, .connectionReset, .connectionClosed].contains(failure.cause)
        if wasConnected, isStale, request?.wasResent == false {
            request?.wasResent = true
            loop.window.resent += 1
            return send()
        }
        request?.received += receivedBytes
        fail(failure, at: loop.now(), delaysReconnect: !wasConnected)
    }

    func connectionWasClosed(_ connection: TargetConnection) { forgetConnection() }

    private func decode(_ picture: PictureDecoding, end: UInt64) {
        isDecoding = true
        loop.decode(picture) { [weak self] failure in
            self?.isDecoding = false
            if let failure { self?.fail(failure, at: end) } else { self?.finish(.succeeded, at: end) }
        }
    }
}

// MARK: - Following a queued job

extension VirtualUser {
    private func followQueued(_ response: TargetResponse, now: UInt64) {
        guard let follow = loop.follow else { return finish(.queued, at: now) }
        guard let links = JobLinks(response, target: loop.target) else { return fail(.noJobLink, at: now) }
        let start = request?.start ?? now
        request?.polling = JobPolling(links: links)
        request?.deadline = start &+ follow.timeout.wholeNanoseconds
        schedule(at: now + follow.interval.wholeNanoseconds)
    }

    private func poll() {
        guard let path = request?.polling?.links.status else { return }
        loop.window.polls += 1
        get(path)
    }

    private func follow(_ step: JobPolling.Step, now: UInt64) {
        switch step {
        case .wait: schedule(at: now + (loop.follow?.interval.wholeNanoseconds ?? 0))
        case .fetch(let path):
            request?.fetchesResult = true
            get(path)
        case .fail(let failure): fail(failure, at: now)
        }
    }

    private func get(_ path: String) {
        guard let request else { return }
        self.request?.wasResent = false
        self.request?.outgoing = loop.followUp(request, path: path)
        send()
    }
}

extension Duration {
    /// Nanoseconds, at least 0 and at most about a century.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 3_000_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
