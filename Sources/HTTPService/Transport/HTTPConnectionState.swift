package import NIOCore

/// The decisions about one HTTP/1.1 connection: when its head or body has stalled, when a request has taken too long, when a reply must be its last, and how
/// long to go on listening after that. A value without a channel or a timer; times come in as parameters.
package struct HTTPConnectionState {
    /// The times that a client gets.
    package struct Timeouts {
        /// Between two parts of a body.
        package var stall: TimeAmount
        /// For a whole body.
        package var body: TimeAmount
        /// For the rest of a refused body.
        package var linger: TimeAmount
        /// For a head: the first of a connection from its beginning, later ones from their first byte.
        package var head: TimeAmount
        /// For a request, from its head to the end of its reply.
        package var request: TimeAmount

        /// Makes timeouts.
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
        /// The reply under way is the last.
        case afterReply
        /// The last reply is out; what still comes in is thrown away until then.
        case lingering(until: NIODeadline)
    }

    private let timeouts: Timeouts
    private var reading = Reading.nothing
    private var closing = Closing.no
    /// Since when the client has had to wait for the reply that is due; nil if none is, or if it may last.
    private var waitingSince: NIODeadline?
    /// Requests whose heads have arrived and whose replies are not complete.
    package private(set) var requestsInProgress = 0

    /// A connection on which nothing has been said.
    package init(timeouts: Timeouts) {
        self.timeouts = timeouts
    }

    /// Whether what comes in goes nowhere any more.
    package var discardsInput: Bool { closing != .no && reading == .nothing || isLingering }

    /// When to call `timerFired`; nil while there is nothing to wait for.
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

    /// The connection has been made; its first head is waited for.
    package mutating func connected(now: NIODeadline) {
        reading = .head(began: now)
    }

    /// Something has come that was not the end of a head. True if a head begins with it.
    package mutating func readPart(now: NIODeadline) -> Bool {
        guard requestsInProgress == 0, reading == .nothing, closing == .no else { return false }
        reading = .head(began: now)
        return true
    }

    /// A request's head has come.
    package mutating func readHead(now: NIODeadline) {
        requestsInProgress += 1
        if requestsInProgress == 1 { waitingSince = now }
        reading = .body(began: now, last: now)
    }

    /// A part of its body has come.
    package mutating func readBody(now: NIODeadline) {
        if case .body(let began, _) = reading { reading = .body(began: began, last: now) }
    }

    /// All of it has come.
    package mutating func readEnd() {
        reading = .nothing
    }

    /// A reply's head is about to leave. True if the reply must say that it is the last: its request is not all
    /// there, and reading the rest of it would serve nobody, or the service is leaving and no further request waits on this
    /// connection. An event stream lasts as long as there are events.
    package mutating func writeHead(isInformational: Bool, isEventStream: Bool = false, isLeaving: Bool = false) -> Bool {
        if isInformational { return false }
        if isEventStream { waitingSince = nil }
        if closing == .no, reading != .nothing || isLeaving, requestsInProgress == 1 { closing = .afterReply }
        return closing == .afterReply
    }

    /// A reply is complete. True if the connection's sending half is to be closed now.
    package mutating func writeEnd(now: NIODeadline) -> Bool {
        requestsInProgress -= 1
        waitingSince = requestsInProgress > 0 ? now : nil
        guard closing == .afterReply else { return false }
        closing = .lingering(until: now + timeouts.linger)
        return true
    }

    /// What a passed deadline asks for.
    package enum TimerAction: Equatable {
        /// Something has come in since; look again then.
        case wait(until: NIODeadline)
        /// Tell the request's handler that its body has stalled; its reply will be the last.
        case reportStall
        /// Close the connection.
        case close
        /// Nobody is waited for.
        case nothing
    }

    /// The timer set for a deadline has fired.
    package mutating func timerFired(now: NIODeadline) -> TimerAction {
        guard let deadline else { return .nothing }
        if now < deadline { return .wait(until: deadline) }
        guard !isLingering, case .body = reading, deadline == readingDeadline else { return .close }
        reading = .nothing
        closing = .afterReply
        return .reportStall
    }

    private var isLingering: Bool {
        if case .lingering = closing { return true }
        return false
    }
}
