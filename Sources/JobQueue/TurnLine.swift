/// The order of waiting jobs: clients take turns (start-time fair queuing).
///
/// A client's first job gets the turn that is being served, each further one the turn after the client's last that still waits.
/// Jobs run by turn, and within a turn in the order in which they came. So a client's thousand jobs stand in a thousand turns,
/// and another's first job stands in the present one.
package struct TurnLine: Sendable {
    /// A job's place; it keeps it when it comes back from a worker, and is then before all of its client's later jobs.
    package struct Place: Sendable, Hashable, Comparable {
        /// Turns are served in rising order.
        package var turn: Int
        /// The order of coming.
        package var sequence: Int

        package static func < (one: Place, other: Place) -> Bool {
            (one.turn, one.sequence) < (other.turn, other.sequence)
        }
    }

    private struct Waiter {
        var place: Place
        var id: JobID
    }

    // Sorted arrays: the line is some hundred to some thousand long, and moving so little memory costs less than a tree.
    private var waiters: [Waiter] = []
    private var turns: [String: [Int]] = [:]
    private var servedTurn = 0
    private var lastSequence = 0

    /// Makes an empty line.
    package init() {}

    /// Jobs that wait.
    package var count: Int { waiters.count }

    /// The waiting jobs, next one first.
    package var ids: some Sequence<JobID> { waiters.lazy.map(\.id) }

    /// Gives a new job of `client` its place.
    package mutating func join(_ id: JobID, of client: String) -> Place {
        lastSequence += 1
        let turn = turns[client]?.last.map { max(servedTurn, $0 + 1) } ?? servedTurn
        let place = Place(turn: turn, sequence: lastSequence)
        rejoin(id, of: client, at: place)
        return place
    }

    /// Puts a job back at the place that it had.
    package mutating func rejoin(_ id: JobID, of client: String, at place: Place) {
        waiters.insert(Waiter(place: place, id: id), at: waiters.boundary { $0.place < place })
        let index = turns[client, default: []].boundary { $0 < place.turn }
        turns[client, default: []].insert(place.turn, at: index)
    }

    /// Takes a waiting job out.
    package mutating func leave(of client: String, from place: Place) {
        waiters.remove(at: waiters.boundary { $0.place < place })
        guard let index = turns[client]?.boundary(where: { $0 < place.turn }) else { return }
        turns[client]?.remove(at: index)
        if turns[client]?.isEmpty == true { turns[client] = nil }
    }

    /// Takes a waiting job out because it is started: its turn is the present one now.
    package mutating func serve(of client: String, from place: Place) {
        leave(of: client, from: place)
        servedTurn = max(servedTurn, place.turn)
    }

    /// How many jobs run before the one at `place` and itself; 1 is next.
    package func position(of place: Place) -> Int {
        waiters.boundary { $0.place < place } + 1
    }
}

extension Array {
    /// The first index whose element is not `before`; all that are `before` must come first.
    fileprivate func boundary(where before: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if before(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
