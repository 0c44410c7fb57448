import HTTPService
import JobQueue
import Testing

/// Which messages the stream of a session gets.
@Suite struct SessionTableTests {
    private static let limits = SessionTable.Limits(sessions: 2, eventsPerSession: 3, events: 4)

    private func table(with events: [String] = [], in session: String = "s") -> SessionTable {
        var table = SessionTable(limits: Self.limits)
        for event in events { #expect(table.join(event, session) == true) }
        return table
    }

    @Test func `messages wait for the stream, and only the latest of those that replace each other is sent`() throws {
        var table = table(with: ["a"])
        for rank in [2, 1] { #expect(table.post(.estimation(rank: rank, queueSize: 3, seconds: nil), on: "a", in: "s") == nil) }
        #expect(table.post(.starts(seconds: nil), on: "a", in: "s") == nil)
        let stream = try table.stream(of: "s")
        #expect(table.post(.failed("x"), on: "a", in: "s") == stream)
        #expect(
            table.next(for: stream, of: "s")
                == .send([
                    .init(event: "a", message: .estimation(rank: 1, queueSize: 3, seconds: nil)),
                    .init(event: "a", message: .starts(seconds: nil)), .init(event: "a", message: .failed("x")),
                ]))
        #expect(table.next(for: stream, of: "s") == .idle)
    }

    @Test func `a job that has ended or is unknown gets no message`() throws {
        var table = table(with: ["a"])
        _ = table.post(.failed("x"), on: "a", in: "s")
        _ = table.post(.failed("y"), on: "a", in: "s")
        _ = table.post(.failed("z"), on: "b", in: "s")
        let stream = try table.stream(of: "s")
        #expect(table.next(for: stream, of: "s") == .send([.init(event: "a", message: .failed("x"))]))
    }

    @Test func `a reserved job keeps the stream open`() throws {
        var table = table(with: ["a"])
        _ = table.post(.failed("x"), on: "a", in: "s")
        let stream = try table.stream(of: "s")
        _ = table.next(for: stream, of: "s")
        #expect(table.reserve(in: "s") == true)
        #expect(table.finish(stream, of: "s") == false)
        table.cancelReservation(in: "s")
        #expect(table.finish(stream, of: "s") == true)
        #expect(table.open("s") == nil)
    }

    @Test func `a second stream replaces the first`() throws {
        var table = table(with: ["a"])
        let first = try table.stream(of: "s")
        let opened = table.open("s")
        let second = try #require(opened)
        #expect(second.replaced == first)
        #expect(table.next(for: first, of: "s") == .close)
        #expect(table.disconnect(first, of: "s") == [])
        #expect(table.next(for: second.stream, of: "s") == .wait)
        #expect(table.disconnect(second.stream, of: "s") == ["a"])
        #expect(table.open("s") == nil)
    }

    @Test func `a session has as many jobs as the limit allows, until their ends are sent`() throws {
        var table = table(with: ["a", "b", "c"])
        #expect(table.reserve(in: "s") == false)
        _ = table.post(.failed("x"), on: "a", in: "s")
        #expect(table.reserve(in: "s") == false)
        let stream = try table.stream(of: "s")
        _ = table.next(for: stream, of: "s")
        #expect(table.reserve(in: "s") == true)
    }

    @Test func `the least recently used session without a stream is dropped for a new one`() {
        var table = table(with: ["a"], in: "old")
        #expect(table.join("b", "newer") == true)
        #expect(table.join("c", "newest") == true)
        #expect(table.open("old") == nil)
        #expect(table.open("newer") != nil)
        #expect(table.open("newest") != nil)
        #expect(table.reserve(in: "one more") == false)
    }
}

extension SessionTable {
    fileprivate mutating func join(_ event: String, _ session: String) -> Bool {
        guard reserve(in: session) else { return false }
        add(event, to: session)
        return true
    }

    fileprivate mutating func stream(of session: String) throws -> SessionTable.StreamID {
        let opened = open(session)
        return try #require(opened).stream
    }
}
