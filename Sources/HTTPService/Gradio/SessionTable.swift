import Synchronization

/// What is known of the clients' sessions: the jobs of each, and what has still to be told of them. A session's messages go to the
/// one stream that listens to it. A value without streams and clocks: it decides, and others write.
package struct SessionTable {
    /// How much is remembered.
    package struct Limits: Sendable {
        /// Sessions.
        package var sessions: Int
        /// Jobs of one session of which the end has not been told.
        package var eventsPerSession: Int
        /// The same of all sessions.
        package var events: Int

        /// Makes limits.
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
        /// What is said of it.
        package var message: QueueMessage

        /// Makes a letter.
        package init(event: String, message: QueueMessage) {
            self.event = event
            self.message = message
        }
    }

    /// Names one opening of a session's stream.
    package typealias Reader = Int

    /// What a stream does next.
    package enum Step: Equatable {
        /// These are to be told.
        case tell([Delivery])
        /// There is nothing to tell, but jobs go on.
        case wait
        /// There is no job either.
        case idle
        /// Another stream has the session now, or it has been forgotten.
        case leave
    }

    private struct Session {
        /// Jobs of which the end has not been posted.
        var pending: Set<String> = []
        /// Jobs about to be added: their requests are in our hands.
        var expected = 0
        var deliveries: [Delivery] = []
        var reader: Reader?
        var lastUse = 0

        var events: Int { pending.count + expected + deliveries.count { $0.message.isFinal } }
    }

    private let limits: Limits
    private var sessions: [String: Session] = [:]
    private var time = 0

    /// No sessions.
    package init(limits: Limits) {
        self.limits = limits
    }

    /// A job is about to be added to a session, which keeps its stream open. False when there is no room for it.
    package mutating func expect(in name: String) -> Bool {
        guard sessions[name].map({ $0.events < limits.eventsPerSession }) ?? true else { return false }
        if sessions[name] == nil, sessions.count >= limits.sessions, !forgetOne() { return false }
        while sessions.values.reduce(0, { $0 + $1.events }) >= limits.events {
            if !forgetOne(but: name) { return false }
        }
        time += 1
        sessions[name, default: Session()].expected += 1
        sessions[name]?.lastUse = time
        return true
    }

    /// The job has been refused after all.
    package mutating func withdraw(from name: String) {
        sessions[name]?.expected -= 1
        removeIfEmpty(name)
    }

    /// Adds the job that was expected.
    package mutating func add(_ event: String, to name: String) {
        sessions[name]?.expected -= 1
        sessions[name]?.pending.insert(event)
    }

    /// Says something about a job. Returns the stream that has to look, if there is one.
    package mutating func post(_ message: QueueMessage, on event: String, in name: String) -> Reader? {
        guard var session = sessions[name], session.pending.contains(event) else { return nil }
        // A stream that reads slowly gets the newest of what changes; and nothing here grows with time.
        session.deliveries.removeAll { $0.event == event && $0.message.isOutdated(by: message) }
        session.deliveries.append(Delivery(event: event, message: message))
        if message.isFinal { session.pending.remove(event) }
        sessions[name] = session
        return session.reader
    }

    /// A stream begins to listen to a session; one that does already has to leave. Nil when there is no such session.
    package mutating func open(_ name: String) -> (reader: Reader, replaced: Reader?)? {
        guard let replaced = sessions[name]?.reader else {
            guard sessions[name] != nil else { return nil }
            return (newReader(of: name), nil)
        }
        return (newReader(of: name), replaced)
    }

    /// What a stream does next; what it is told to tell is told.
    package mutating func next(for reader: Reader, of name: String) -> Step {
        guard var session = sessions[name], session.reader == reader else { return .leave }
        if session.deliveries.isEmpty { return session.pending.isEmpty && session.expected == 0 ? .idle : .wait }
        let deliveries = session.deliveries
        session.deliveries = []
        sessions[name] = session
        return .tell(deliveries)
    }

    /// Ends a session of which all has been told. False when there is something new.
    package mutating func finish(_ reader: Reader, of name: String) -> Bool {
        guard next(for: reader, of: name) == .idle else { return false }
        sessions[name] = nil
        return true
    }

    /// The client of a stream is gone. Returns the jobs that nobody waits for any more.
    package mutating func drop(_ reader: Reader, of name: String) -> Set<String> {
        guard let session = sessions[name], session.reader == reader else { return [] }
        sessions[name]?.reader = nil
        sessions[name]?.deliveries = []
        sessions[name]?.pending = []
        removeIfEmpty(name)
        return session.pending
    }

    /// The jobs of a session that have not ended.
    package func pending(in name: String) -> Set<String> { sessions[name]?.pending ?? [] }

    private mutating func newReader(of name: String) -> Reader {
        time += 1
        sessions[name]?.reader = time
        sessions[name]?.lastUse = time
        return time
    }

    private mutating func removeIfEmpty(_ name: String) {
        guard let session = sessions[name], session.reader == nil, session.events == 0 else { return }
        sessions[name] = nil
    }

    /// Forgets the session that nobody listens to for longest. Its jobs run all the same.
    private mutating func forgetOne(but name: String? = nil) -> Bool {
        let silent = sessions.filter { $0.value.reader == nil && $0.value.expected == 0 && $0.key != name }
        guard let oldest = silent.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return false }
        sessions[oldest.key] = nil
        return true
    }
}

/// The sessions of Gradio's clients, and the streams that listen to them.
final class GradioSessions: Sendable {
    private struct State {
        var book: SessionTable
        var listeners: [SessionTable.Reader: StreamSignals] = [:]
    }

    private let state: Mutex<State>

    init(_ configuration: GradioConfiguration) {
        let limits = SessionTable.Limits(
            sessions: configuration.sessionLimit, eventsPerSession: configuration.eventsPerSession,
            events: configuration.eventLimit)
        state = Mutex(State(book: SessionTable(limits: limits)))
    }

    /// A job is about to be added to a session. Errors: `tooManyEvents`.
    func expect(in session: String) throws(HTTPProblem) {
        if !state.withLock({ $0.book.expect(in: session) }) { throw .tooManyEvents }
    }

    func withdraw(from session: String) {
        state.withLock { $0.book.withdraw(from: session) }
    }

    func add(_ event: String, to session: String) {
        state.withLock { $0.book.add(event, to: session) }
    }

    func post(_ message: QueueMessage, on event: String, in session: String) {
        let listener = state.withLock { state in
            state.book.post(message, on: event, in: session).flatMap { state.listeners[$0] }
        }
        listener?.wake(.news)
    }

    /// Begins to listen to a session. Nil when there is none.
    func open(_ session: String, _ signals: StreamSignals) -> SessionTable.Reader? {
        let (reader, replaced) = state.withLock { state -> (SessionTable.Reader?, StreamSignals?) in
            guard let opened = state.book.open(session) else { return (nil, nil) }
            state.listeners[opened.reader] = signals
            return (opened.reader, opened.replaced.flatMap { state.listeners[$0] })
        }
        replaced?.wake(.news)
        return reader
    }

    func next(for reader: SessionTable.Reader, of session: String) -> SessionTable.Step {
        state.withLock { $0.book.next(for: reader, of: session) }
    }

    func finish(_ reader: SessionTable.Reader, of session: String) -> Bool {
        state.withLock { $0.book.finish(reader, of: session) }
    }

    func pending(in session: String) -> Set<String> {
        state.withLock { $0.book.pending(in: session) }
    }

    /// Stops listening. Returns the jobs of a session that was not finished: nobody waits for them any more.
    func close(_ reader: SessionTable.Reader, of session: String) -> Set<String> {
        state.withLock { state in
            state.listeners[reader] = nil
            return state.book.drop(reader, of: session)
        }
    }
}
