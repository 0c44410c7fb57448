import HTTPService
import JobQueue
import NIOCore
import Testing

@Suite struct HTTPConnectionStateTests {
    private let timeouts = HTTPConnectionState.Timeouts(
        stall: .seconds(30), body: .seconds(100), linger: .seconds(2), head: .seconds(20), request: .seconds(900))

    private func at(_ seconds: UInt64) -> NIODeadline { .uptimeNanoseconds(seconds * 1_000_000_000) }

    @Test func `a complete request has the request timeout and keeps the connection`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        #expect(state.deadline == nil)
        state.readHead(now: at(0))
        #expect(state.deadline == at(30))
        state.readEnd()
        #expect(state.deadline == at(900))
        let isLast = state.writeHead(isInformational: false)
        let closes = state.writeEnd(now: at(1))
        #expect(!isLast)
        #expect(!closes)
        #expect(state.requestsInProgress == 0)
    }

    @Test func `each part of a body moves the deadline, up to that of the whole body`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.readHead(now: at(0))
        state.readBody(now: at(20))
        let early = state.timerFired(now: at(30))
        #expect(early == .wait(until: at(50)))
        for second in [45, 70, 95] as [UInt64] { state.readBody(now: at(second)) }
        #expect(state.deadline == at(100))
        let late = state.timerFired(now: at(100))
        #expect(late == .reportStall)
    }

    @Test func `after a stall the response is the last, and the connection is closed after the linger timeout`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.readHead(now: at(0))
        let fired = state.timerFired(now: at(30))
        #expect(fired == .reportStall)
        #expect(state.discardsInput)
        let isLast = state.writeHead(isInformational: false)
        let closes = state.writeEnd(now: at(31))
        #expect(isLast)
        #expect(closes)
        #expect(state.deadline == at(33))
        let end = state.timerFired(now: at(33))
        #expect(end == .close)
    }

    @Test func `a response before the body's end is the last, and further input is discarded`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.readHead(now: at(0))
        let informational = state.writeHead(isInformational: true)
        #expect(!informational)
        let isLast = state.writeHead(isInformational: false)
        #expect(isLast)
        #expect(!state.discardsInput)
        let closes = state.writeEnd(now: at(1))
        #expect(closes)
        #expect(state.discardsInput)
    }

    @Test func `a response may be written while the next request is read`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.readHead(now: at(0))
        state.readEnd()
        state.readHead(now: at(1))
        let isLast = state.writeHead(isInformational: false)
        let closes = state.writeEnd(now: at(2))
        #expect(!isLast)
        #expect(!closes)
        #expect(state.requestsInProgress == 1)
    }

    @Test func `during shutdown each response is its connection's last, unless another request is pending`() {
        var state = HTTPConnectionState(timeouts: .init(stall: .seconds(1), body: .seconds(5), linger: .seconds(2)))
        state.connected(now: .uptimeNanoseconds(0))
        for _ in 0..<2 {
            state.readHead(now: .uptimeNanoseconds(0))
            state.readEnd()
        }
        let isFirstLast = state.writeHead(isInformational: false, isShuttingDown: true)
        #expect(!isFirstLast)
        _ = state.writeEnd(now: .uptimeNanoseconds(0))
        let isSecondLast = state.writeHead(isInformational: false, isShuttingDown: true)
        #expect(isSecondLast)
        let isClosed = state.writeEnd(now: .uptimeNanoseconds(0))
        #expect(isClosed)
    }
}
