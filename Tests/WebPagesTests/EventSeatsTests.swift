import Testing
import WebPages

/// Places for streams.
@Suite struct EventSeatsTests {
    @Test func `there are so many seats and no more, and one that is left is free again`() {
        let seats = EventSeats(limit: 2)
        let first = seats.take()
        var second = seats.take()
        #expect(first != nil && second != nil && seats.take() == nil)
        second = nil
        #expect(seats.take() != nil)
        withExtendedLifetime(first) {}
    }
}
