import Synchronization

/// The sessions of Gradio's clients, and the streams that listen to them.
final class GradioSessions: Sendable {
    private struct State {
        var book: SessionBook
        var listeners: [SessionBook.Reader: StreamWaker] = [:]
    }

    private let state: Mutex<State>

    init(_ configuration: GradioConfiguration) {
        let limits = SessionBook.Limits(
            sessions: configuration.sessionLimit, eventsPerSession: configuration.eventsPerSession,
            events: configuration.eventLimit)
        state = Mutex(State(book: SessionBook(limits: limits)))
    }

    /// A job is about to be added to a session. Errors: `tooManyEvents`.
    func expect(in session: String) throws(Refusal) {
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
    func open(_ session: String, _ waker: StreamWaker) -> SessionBook.Reader? {
        let (reader, replaced) = state.withLock { state -> (SessionBook.Reader?, StreamWaker?) in
            guard let opened = state.book.open(session) else { return (nil, nil) }
            state.listeners[opened.reader] = waker
            return (opened.reader, opened.replaced.flatMap { state.listeners[$0] })
        }
        replaced?.wake(.news)
        return reader
    }

    func next(for reader: SessionBook.Reader, of session: String) -> SessionBook.Step {
        state.withLock { $0.book.next(for: reader, of: session) }
    }

    func finish(_ reader: SessionBook.Reader, of session: String) -> Bool {
        state.withLock { $0.book.finish(reader, of: session) }
    }

    func pending(in session: String) -> Set<String> {
        state.withLock { $0.book.pending(in: session) }
    }

    /// Stops listening. Returns the jobs of a session that was not finished: nobody waits for them any more.
    func close(_ reader: SessionBook.Reader, of session: String) -> Set<String> {
        state.withLock { state in
            state.listeners[reader] = nil
            return state.book.drop(reader, of: session)
        }
    }
}
