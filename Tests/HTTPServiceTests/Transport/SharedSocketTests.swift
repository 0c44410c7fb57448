import HTTPService
import Testing

@Suite struct SharedSocketTests {
    @Test func `a process with no more connections than the least busy one accepts at once`() {
        #expect(SharedSocket.acceptDelay(open: 0, least: 0) == 0)
        #expect(SharedSocket.acceptDelay(open: 7, least: 7) == 0)
        #expect(SharedSocket.acceptDelay(open: 3, least: 9) == 0)
        #expect(SharedSocket.acceptDelay(open: 5, least: .max) == 0)
    }

    @Test func `a process with more connections waits a little`() {
        #expect(SharedSocket.acceptDelay(open: 3, least: 1) == 2)
        #expect(SharedSocket.acceptDelay(open: 2_000, least: 0) == 20)
    }
}
