import NIOCore

/// One user, or one place in flight of the open model: a connection, at most one errand, and what comes after it.
///
/// Lives on the event loop of its `UserLoop`, which alone holds it.
final class VirtualUser {
    /// A connection that failed is not tried again sooner than this, whatever the wait: an unreachable server would otherwise be
    /// tried as fast as the processor can.
    static let pauseAfterRefusal: UInt64 = 100_000_000

    private unowned let loop: UserLoop
    private(set) var errand: Errand?
    private var wire: (any Wire)?
    /// Whether the wire is connected (it counts as one of the loop's connections), and whether it has carried an answer.
    private var isConnected = false
    private var hasCarried = false
    private var timer: NIOScheduledCallback?
    /// When the timer is meant to ring.
    private var timerDue: UInt64 = 0
    /// Whether the picture of the errand's answer is being decoded.
    private var isDecoding = false
    /// When the last errand was due.
    private var lastDue: UInt64 = 0
    /// Whether it leaves after its errand.
    var isLeaving = false
    /// Its place in the loop's list.
    var place = 0

    init(loop: UserLoop) { self.loop = loop }

    /// Starts an errand. `due` is when it should have started by a schedule.
    func begin(due: UInt64?, now: UInt64) {
        lastDue = due ?? now
        errand = loop.nextErrand(due: due, now: now)
        send()
    }

    /// Gives up whatever it does, without a record.
    func cut() {
        stopTimer()
        dropWire()
        errand = nil
    }

    /// Ends an errand that has taken too long.
    func checkDeadline(now: UInt64) {
        guard let errand, !isDecoding else { return }
        if wire != nil, !isConnected, now >= errand.start &+ loop.connectNanoseconds, errand.follower == nil {
            dropWire()
            fail(.connectTimedOut, at: now, pause: true)
        } else if now >= errand.deadline {
            dropWire()
            let late = WireFault(.notDoneInTime, "The job was queued and not done within the time for following it.")
            fail(errand.follower == nil ? .timedOut : late, at: now)
        }
    }

    private func send() {
        guard let call = errand?.call else { return }
        errand?.sent += call.message.byteCount
        if let wire, isConnected {
            wire.send(call)
        } else {
            hasCarried = false
            wire = loop.connect(for: self)
        }
    }

    private func dropWire() {
        wire?.close()
        loseWire()
    }

    private func loseWire() {
        if isConnected { loop.window.connections -= 1 }
        isConnected = false
        wire = nil
    }

    private func finish(_ outcome: RequestOutcome, at end: UInt64, detail: String = "", pause: Bool = false) {
        guard let done = errand else { return }
        errand = nil
        if !loop.keepAlive { dropWire() }
        loop.record(done, outcome, end: end, detail: detail)
        guard !isLeaving, !loop.isStopping else { return loop.depart(self) }
        switch loop.next(due: lastDue, end: end) {
        case .park: loop.park(self)
        case .atOnce where pause: ring(at: end + Self.pauseAfterRefusal)
        case .atOnce:
            let now = loop.now()
            begin(due: loop.hasSchedule ? now : nil, now: now)
        case .at(let time): ring(at: pause ? max(time, end + Self.pauseAfterRefusal) : time)
        }
    }

    private func fail(_ fault: WireFault, at end: UInt64, pause: Bool = false) {
        finish(.failed(fault.cause), at: end, detail: fault.detail, pause: pause)
    }
}

// MARK: - Waiting

extension VirtualUser: NIOScheduledCallbackHandler {
    /// Whether it waits between two requests or has none to do, and can leave at once.
    var isAtRest: Bool { errand == nil }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        if errand != nil { return look() }
        begin(due: loop.hasSchedule ? timerDue : nil, now: loop.now())
    }

    private func ring(at time: UInt64) {
        timerDue = time
        // An event loop that has no room for another timer is shutting down, and its users with it.
        timer = try? loop.isolated.scheduleCallback(at: .uptimeNanoseconds(time), handler: self)
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }
}

// MARK: - Answers

extension VirtualUser: WireOwner {
    func wireIsReady(_ wire: any Wire) {
        guard let call = errand?.call else { return dropWire() }
        isConnected = true
        loop.window.connections += 1
        loop.window.connectionsOpened += 1
        wire.send(call)
    }

    func wire(_ wire: any Wire, answered answer: WireAnswer, goesOn: Bool) {
        let now = loop.now()
        hasCarried = true
        if !goesOn { loseWire() }
        errand?.received += answer.received
        guard let errand else { return dropWire() }
        if let follower = errand.follower, !errand.fetchesResult { return follow(follower.next(after: answer), now: now) }
        switch loop.verdict(answer, for: errand, now: now) {
        case .good: finish(.succeeded, at: now)
        case .bad(let complaint): finish(.failed(complaint.cause), at: now, detail: complaint.detail)
        case .queued: queued(answer, now: now)
        case .decode(let task): decode(task, end: now)
        }
    }

    func wire(_ wire: any Wire, failed fault: WireFault, received: Int) {
        let wasConnected = isConnected
        loseWire()
        // A server may close a connection that it has kept at the very moment at which it is used again: not its failure.
        let isStale =
            hasCarried && received == 0 && [.closedWithoutAnswer, .connectionReset, .connectionClosed].contains(fault.cause)
        if wasConnected, isStale, errand?.wasResent == false {
            errand?.wasResent = true
            loop.window.resent += 1
            return send()
        }
        errand?.received += received
        fail(fault, at: loop.now(), pause: !wasConnected)
    }

    func wireWasClosed(_ wire: any Wire) { loseWire() }

    private func decode(_ task: PictureTask, end: UInt64) {
        isDecoding = true
        loop.decode(task) { [weak self] complaint in
            self?.isDecoding = false
            if let complaint {
                self?.finish(.failed(complaint.cause), at: end, detail: complaint.detail)
            } else {
                self?.finish(.succeeded, at: end)
            }
        }
    }
}

// MARK: - Following a queued job

extension VirtualUser {
    private func queued(_ answer: WireAnswer, now: UInt64) {
        guard let follow = loop.follow else { return finish(.queued, at: now) }
        guard let ticket = JobTicket(answer, target: loop.target) else {
            return fail(
                WireFault(.noLinkToFollow, "The answer 202 names no job of this server: neither links.status nor Location."),
                at: now)
        }
        let start = errand?.start ?? now
        errand?.follower = JobFollower(ticket: ticket)
        errand?.deadline = start &+ follow.timeout.wholeNanoseconds
        ring(at: now + follow.interval.wholeNanoseconds)
    }

    private func look() {
        guard let path = errand?.follower?.ticket.status else { return }
        loop.window.polls += 1
        ask(path)
    }

    private func follow(_ step: JobFollower.Step, now: UInt64) {
        switch step {
        case .wait: ring(at: now + (loop.follow?.interval.wholeNanoseconds ?? 0))
        case .fetch(let path):
            errand?.fetchesResult = true
            ask(path)
        case .fail(let fault): fail(fault, at: now)
        }
    }

    private func ask(_ path: String) {
        guard let errand else { return }
        self.errand?.wasResent = false
        self.errand?.call = loop.followCall(errand, path: path)
        send()
    }
}

extension Duration {
    /// Nanoseconds, at least 0 and at most what a century has.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 3_000_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
