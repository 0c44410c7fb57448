package import NIOCore

/// The state machine of one HTTP/1.1 connection. It decides when a head or body has stalled, when a request has taken too long, which
/// response is the last, and how long to discard input after it.
///
/// A value without a channel, timers or a clock; `HTTPConnectionHandler` performs what it decides.
package struct HTTPConnectionState {
    /// The timeouts of a connection.
    package struct Timeouts {
        /// Between two parts of a body.
        package var stall: TimeAmount
        /// For a whole body.
        package var body: TimeAmount
        /// For discarding the rest of a rejected body.
        package var linger: TimeAmount
        /// For a head: the first from the connection's start, later ones from their first byte.
        package var head: TimeAmount
        /// For a request, from its head to the end of its response.
        package var request: TimeAmount

        /// Creates timeouts.
        package init(
            stall: TimeAmount, body: TimeAmount, linger: TimeAmount, head: TimeAmount = .seconds(30),
            request: TimeAmount = .seconds(900)
        ) {
            self.stall = stall
            self.body = body
            self.linger = linger
            self.head = head
            self.request = request
        }
    }

    private enum Reading: Equatable {
        case nothing
        case head(began: NIODeadline)
        case body(began: NIODeadline, last: NIODeadline)
    }

    private enum Closing: Equatable {
        case no
        /// The current response is the last.
        case afterResponse
        /// The last response has been written; input is discarded until then.
        case lingering(until: NIODeadline)
    }

    private let timeouts: Timeouts
    private var reading = Reading.nothing
    private var closing = Closing.no
    /// When the wait for the next response began; nil if none is due, or if it is an event stream.
    private var waitingSince: NIODeadline?
    /// The number of requests whose head has been read and whose response is not complete.
    package private(set) var requestsInProgress = 0

    /// The state of a new connection.
    package init(timeouts: Timeouts) {
        self.timeouts = timeouts
    }

    /// Whether input is discarded.
    package var discardsInput: Bool { closing != .no && reading == .nothing || isLingering }

    /// When to call `timerFired`; nil if nothing is awaited.
    package var deadline: NIODeadline? {
        if case .lingering(let end) = closing { return end }
        return [readingDeadline, waitingSince.map { $0 + timeouts.request }].compactMap(\.self).min()
    }

    private var readingDeadline: NIODeadline? {
        switch reading {
        case .nothing: nil
        case .head(let began): began + timeouts.head
        case .body(let began, let last): min(began + timeouts.body, last + timeouts.stall)
        }
    }

    /// The connection has been established; its first head is awaited.
    package mutating func connected(now: NIODeadline) {
        reading = .head(began: now)
    }

    /// Bytes have been read that do not complete a head. True if they begin one.
    package mutating func readPart(now: NIODeadline) -> Bool {
        guard requestsInProgress == 0, reading == .nothing, closing == .no else { return false }
        reading = .head(began: now)
        return true
    }

    /// A request head has been read.
    package mutating func readHead(now: NIODeadline) {
        requestsInProgress += 1
        if requestsInProgress == 1 { waitingSince = now }
        reading = .body(began: now, last: now)
    }

    /// A part of its body has been read.
    package mutating func readBody(now: NIODeadline) {
        if case .body(let began, _) = reading { reading = .body(began: began, last: now) }
    }

    /// The request has been read to its end.
    package mutating func readEnd() {
        reading = .nothing
    }

    /// A response head is about to be written. True if the response must say `Connection: close`: its request has not been read to its
    /// end, or the service is shutting down and no further request is pending on this connection. Event streams have no request timeout.
    package mutating func writeHead(isInformational: Bool, isEventStream: Bool = false, isShuttingDown: Bool = false) -> Bool {
        if isInformational { return false }
        if isEventStream { waitingSince = nil }
        if closing == .no, reading != .nothing || isShuttingDown, requestsInProgress == 1 { closing = .afterResponse }
        return closing == .afterResponse
    }

    /// A response is complete. True if the connection's output is to be closed now.
    package mutating func writeEnd(now: NIODeadline) -> Bool {
        requestsInProgress -= 1
        waitingSince = requestsInProgress > 0 ? now : nil
        guard closing == .afterResponse else { return false }
        closing = .lingering(until: now + timeouts.linger)
        return true
    }

    /// What to do after a deadline.
    package enum TimerAction: Equatable {
        /// Bytes have been read since; set the timer again.
        case wait(until: NIODeadline)
        /// Tell the request's handler that its body has stalled. Its response will be the last.
        case reportStall
        /// Close the connection.
        case close
        /// Do nothing.
        case nothing
    }

    /// The timer for `deadline` has fired.
    package mutating func timerFired(now: NIODeadline) -> TimerAction {
        guard let deadline else { return .nothing }
        if now < deadline { return .wait(until: deadline) }
        guard !isLingering, case .body = reading, deadline == readingDeadline else { return .close }
        reading = .nothing
        closing = .afterResponse
        return .reportStall
    }

    private var isLingering: Bool {
        if case .lingering = closing { return true }
        return false
    }
}
