import Synchronization

/// The clients' sessions: the jobs of each, and the messages that have not been sent. Messages of a session go to its one open stream.
///
/// A value without streams or clocks: it decides, and ``GradioSessions`` acts.
package struct SessionTable {
    /// The limits of a table.
    package struct Limits: Sendable {
        /// The maximum number of sessions.
        package var sessions: Int
        /// The maximum number of jobs of one session whose end has not been sent.
        package var eventsPerSession: Int
        /// The maximum number of such jobs of all sessions.
        package var events: Int

        /// Creates limits.
        package init(sessions: Int, eventsPerSession: Int, events: Int) {
            self.sessions = sessions
            self.eventsPerSession = eventsPerSession
            self.events = events
        }
    }

    /// A message and the job that it is about.
    package struct Delivery: Equatable {
        /// The job.
        package var event: String
        /// The message.
        package var message: QueueMessage

        /// Creates a delivery.
        package init(event: String, message: QueueMessage) {
            self.event = event
            self.message = message
        }
    }

    /// Identifies an open stream of a session.
    package typealias StreamID = Int

    /// What a stream is to do next.
    package enum Step: Equatable {
        /// Send these.
        case send([Delivery])
        /// Wait: there are jobs, but no messages.
        case wait
        /// There are no jobs either.
        case idle
        /// Close: another stream has replaced this one, or the session has been dropped.
        case close
    }

    private struct Session {
        /// Jobs whose end has not been posted.
        var pending: Set<String> = []
        /// Jobs about to be added, whose requests are being processed.
        var reserved = 0
        var deliveries: [Delivery] = []
        var stream: StreamID?
        var lastUse = 0

        var events: Int { pending.count + reserved + deliveries.count { $0.message.isFinal } }
    }

    private let limits: Limits
    private var sessions: [String: Session] = [:]
    private var time = 0

    /// A table without sessions.
    package init(limits: Limits) {
        self.limits = limits
    }

    /// Reserves room for a job in a session, which keeps the session's stream open. False if a limit is reached.
    package mutating func reserve(in name: String) -> Bool {
        guard sessions[name].map({ $0.events < limits.eventsPerSession }) ?? true else { return false }
        if sessions[name] == nil, sessions.count >= limits.sessions, !evictSession() { return false }
        while sessions.values.reduce(0, { $0 + $1.events }) >= limits.events {
            if !evictSession(but: name) { return false }
        }
        time += 1
        sessions[name, default: Session()].reserved += 1
        sessions[name]?.lastUse = time
        return true
    }

    /// The job has been rejected after all.
    package mutating func cancelReservation(in name: String) {
        sessions[name]?.reserved -= 1
        removeIfEmpty(name)
    }

    /// Adds a job for which room was reserved.
    package mutating func add(_ event: String, to name: String) {
        sessions[name]?.reserved -= 1
        sessions[name]?.pending.insert(event)
    }

    /// Posts a message about a job. Returns the stream to signal, if one is open.
    package mutating func post(_ message: QueueMessage, on event: String, in name: String) -> StreamID? {
        guard var session = sessions[name], session.pending.contains(event) else { return nil }
        // A slow client gets only the latest of messages that replace each other, so the list stays short.
        session.deliveries.removeAll { $0.event == event && $0.message.isOutdated(by: message) }
        session.deliveries.append(Delivery(event: event, message: message))
        if message.isFinal { session.pending.remove(event) }
        sessions[name] = session
        return session.stream
    }

    /// Opens a stream of a session, which replaces an open one. Nil if there is no such session.
    package mutating func open(_ name: String) -> (stream: StreamID, replaced: StreamID?)? {
        guard let replaced = sessions[name]?.stream else {
            guard sessions[name] != nil else { return nil }
            return (newStream(of: name), nil)
        }
        return (newStream(of: name), replaced)
    }

    /// What a stream is to do next. Messages that it returns count as sent.
    package mutating func next(for stream: StreamID, of name: String) -> Step {
        guard var session = sessions[name], session.stream == stream else { return .close }
        if session.deliveries.isEmpty { return session.pending.isEmpty && session.reserved == 0 ? .idle : .wait }
        let deliveries = session.deliveries
        session.deliveries = []
        sessions[name] = session
        return .send(deliveries)
    }

    /// Removes a session whose messages have all been sent. False if there is something new.
    package mutating func finish(_ stream: StreamID, of name: String) -> Bool {
        guard next(for: stream, of: name) == .idle else { return false }
        sessions[name] = nil
        return true
    }

    /// The client of a stream has disconnected. Returns the jobs that it had been waiting for.
    package mutating func disconnect(_ stream: StreamID, of name: String) -> Set<String> {
        guard let session = sessions[name], session.stream == stream else { return [] }
        sessions[name]?.stream = nil
        sessions[name]?.deliveries = []
        sessions[name]?.pending = []
        removeIfEmpty(name)
        return session.pending
    }

    /// The jobs of a session that have not ended.
    package func pending(in name: String) -> Set<String> { sessions[name]?.pending ?? [] }

    private mutating func newStream(of name: String) -> StreamID {
        time += 1
        sessions[name]?.stream = time
        sessions[name]?.lastUse = time
        return time
    }

    private mutating func removeIfEmpty(_ name: String) {
        guard let session = sessions[name], session.stream == nil, session.events == 0 else { return }
        sessions[name] = nil
    }

    /// Drops the least recently used session without a stream. Its jobs run all the same.
    private mutating func evictSession(but name: String? = nil) -> Bool {
        let candidates = sessions.filter { $0.value.stream == nil && $0.value.reserved == 0 && $0.key != name }
        guard let oldest = candidates.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return false }
        sessions[oldest.key] = nil
        return true
    }
}

/// The sessions of Gradio's clients and their open streams.
final class GradioSessions: Sendable {
    private struct State {
        var table: SessionTable
        var streams: [SessionTable.StreamID: StreamSignals] = [:]
    }

    private let state: Mutex<State>

    init(_ configuration: GradioConfiguration) {
        let limits = SessionTable.Limits(
            sessions: configuration.sessionLimit, eventsPerSession: configuration.eventsPerSession,
            events: configuration.eventLimit)
        state = Mutex(State(table: SessionTable(limits: limits)))
    }

    /// Reserves room for a job in a session.
    /// - Throws: ``HTTPProblem`` if a limit is reached.
    func reserve(in session: String) throws(HTTPProblem) {
        if !state.withLock({ $0.table.reserve(in: session) }) { throw .tooManyEvents }
    }

    func cancelReservation(in session: String) {
        state.withLock { $0.table.cancelReservation(in: session) }
    }

    func add(_ event: String, to session: String) {
        state.withLock { $0.table.add(event, to: session) }
    }

    func post(_ message: QueueMessage, on event: String, in session: String) {
        let stream = state.withLock { state in
            state.table.post(message, on: event, in: session).flatMap { state.streams[$0] }
        }
        stream?.send(.data)
    }

    /// Opens a stream of a session. Nil if there is no such session.
    func open(_ session: String, _ signals: StreamSignals) -> SessionTable.StreamID? {
        let (stream, replaced) = state.withLock { state -> (SessionTable.StreamID?, StreamSignals?) in
            guard let opened = state.table.open(session) else { return (nil, nil) }
            state.streams[opened.stream] = signals
            return (opened.stream, opened.replaced.flatMap { state.streams[$0] })
        }
        replaced?.send(.data)
        return stream
    }

    func next(for stream: SessionTable.StreamID, of session: String) -> SessionTable.Step {
        state.withLock { $0.table.next(for: stream, of: session) }
    }

    func finish(_ stream: SessionTable.StreamID, of session: String) -> Bool {
        state.withLock { $0.table.finish(stream, of: session) }
    }

    func pending(in session: String) -> Set<String> {
        state.withLock { $0.table.pending(in: session) }
    }

    /// Closes a stream. Returns the jobs that its client had been waiting for.
    func close(_ stream: SessionTable.StreamID, of session: String) -> Set<String> {
        state.withLock { state in
            state.streams[stream] = nil
            return state.table.disconnect(stream, of: session)
        }
    }
}
