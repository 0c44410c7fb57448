import Testing
import WebPages

@Suite struct EventStreamLimitTests {
    @Test func `as many streams open as the limit allows, and one that ends makes room`() {
        let streams = EventStreamLimit(limit: 2)
        let first = streams.acquire()
        var second = streams.acquire()
        #expect(first != nil && second != nil && streams.acquire() == nil)
        second = nil
        #expect(streams.acquire() != nil)
        withExtendedLifetime(first) {}
    }
}
