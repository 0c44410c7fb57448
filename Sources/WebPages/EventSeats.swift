import Synchronization

/// Bounds the event streams that are open at once.
package final class EventSeats: Sendable {
    /// The right to one stream. Given back when nobody holds it any more, so that no way of ending a stream can forget to.
    package final class Seat: Sendable {
        private let seats: EventSeats

        fileprivate init(_ seats: EventSeats) { self.seats = seats }

        deinit { seats.taken.withLock { $0 -= 1 } }
    }

    /// Streams that may be open at once.
    package let limit: Int
    private let taken = Mutex(0)

    /// Seats that nobody has taken yet.
    package init(limit: Int) { self.limit = limit }

    /// A seat; nil when all are taken.
    package func take() -> Seat? {
        let isFree = taken.withLock { taken in
            guard taken < limit else { return false }
            taken += 1
            return true
        }
        return isFree ? Seat(self) : nil
    }
}
