import HTTPService
import JobQueue
import Testing

/// Which messages a session's stream gets, tested by calling.
@Suite struct SessionBookTests {
    private static let limits = SessionTable.Limits(sessions: 2, eventsPerSession: 3, events: 4)

    private func book(with events: [String] = [], in session: String = "s") -> SessionTable {
        var book = SessionTable(limits: Self.limits)
        for event in events { #expect(book.join(event, session) == true) }
        return book
    }

    @Test func `messages wait for the stream, and what changes is told in its newest form`() throws {
        var book = book(with: ["a"])
        for rank in [2, 1] { #expect(book.post(.estimation(rank: rank, queueSize: 3, seconds: nil), on: "a", in: "s") == nil) }
        #expect(book.post(.starts(seconds: nil), on: "a", in: "s") == nil)
        let reader = try book.reader(of: "s")
        #expect(book.post(.failed("x"), on: "a", in: "s") == reader)
        #expect(
            book.next(for: reader, of: "s")
                == .tell([
                    .init(event: "a", message: .estimation(rank: 1, queueSize: 3, seconds: nil)),
                    .init(event: "a", message: .starts(seconds: nil)), .init(event: "a", message: .failed("x")),
                ]))
        #expect(book.next(for: reader, of: "s") == .idle)
    }

    @Test func `nothing is said of a job after its end, or of one that is not there`() throws {
        var book = book(with: ["a"])
        _ = book.post(.failed("x"), on: "a", in: "s")
        _ = book.post(.failed("y"), on: "a", in: "s")
        _ = book.post(.failed("z"), on: "b", in: "s")
        let reader = try book.reader(of: "s")
        #expect(book.next(for: reader, of: "s") == .tell([.init(event: "a", message: .failed("x"))]))
    }

    @Test func `a job that is on its way keeps the stream open`() throws {
        var book = book(with: ["a"])
        _ = book.post(.failed("x"), on: "a", in: "s")
        let reader = try book.reader(of: "s")
        _ = book.next(for: reader, of: "s")
        #expect(book.expect(in: "s") == true)
        #expect(book.finish(reader, of: "s") == false)
        book.withdraw(from: "s")
        #expect(book.finish(reader, of: "s") == true)
        #expect(book.open("s") == nil)
    }

    @Test func `a second stream takes the place of the first`() throws {
        var book = book(with: ["a"])
        let first = try book.reader(of: "s")
        let opened = book.open("s")
        let second = try #require(opened)
        #expect(second.replaced == first)
        #expect(book.next(for: first, of: "s") == .leave)
        #expect(book.drop(first, of: "s") == [])
        #expect(book.next(for: second.reader, of: "s") == .wait)
        #expect(book.drop(second.reader, of: "s") == ["a"])
        #expect(book.open("s") == nil)
    }

    @Test func `a session has so many jobs and no more, until their ends are told`() throws {
        var book = book(with: ["a", "b", "c"])
        #expect(book.expect(in: "s") == false)
        _ = book.post(.failed("x"), on: "a", in: "s")
        #expect(book.expect(in: "s") == false)
        let reader = try book.reader(of: "s")
        _ = book.next(for: reader, of: "s")
        #expect(book.expect(in: "s") == true)
    }

    @Test func `the session that nobody listens to for longest is forgotten for a new one`() {
        var book = book(with: ["a"], in: "old")
        #expect(book.join("b", "newer") == true)
        #expect(book.join("c", "newest") == true)
        #expect(book.open("old") == nil)
        #expect(book.open("newer") != nil)
        #expect(book.open("newest") != nil)
        #expect(book.expect(in: "one more") == false)
    }
}

extension SessionTable {
    fileprivate mutating func join(_ event: String, _ session: String) -> Bool {
        guard expect(in: session) else { return false }
        add(event, to: session)
        return true
    }

    fileprivate mutating func reader(of session: String) throws -> Reader {
        let opened = open(session)
        return try #require(opened).reader
    }
}
