import HTTPService
import Testing

@Suite struct SharedSocketTests {
    @Test func `who has no more connections than the least busy takes the next one at once`() {
        #expect(SharedSocket.acceptDelay(open: 0, least: 0) == 0)
        #expect(SharedSocket.acceptDelay(open: 7, least: 7) == 0)
        #expect(SharedSocket.acceptDelay(open: 3, least: 9) == 0)
        #expect(SharedSocket.acceptDelay(open: 5, least: .max) == 0)
    }

    @Test func `who has more leaves the others a moment, and never a long one`() {
        #expect(SharedSocket.acceptDelay(open: 3, least: 1) == 2)
        #expect(SharedSocket.acceptDelay(open: 2_000, least: 0) == 20)
    }
}
