import Testing
import WebPages

/// Places for streams.
@Suite struct EventSeatsTests {
    @Test func `there are so many streams and no more, and one that is left is free again`() {
        let streams = EventStreamLimit(limit: 2)
        let first = streams.take()
        var second = streams.take()
        #expect(first != nil && second != nil && streams.take() == nil)
        second = nil
        #expect(streams.take() != nil)
        withExtendedLifetime(first) {}
    }
}
