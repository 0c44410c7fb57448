/// The order of waiting jobs: clients take turns (start-time fair queuing).
///
/// A newcomer's job stands right behind the turn that is being served, a client's next job `turnLength` behind its last one, whether
/// that still waits or was served lately. Jobs run by turn, and within a turn in the order in which they came. So a client's
/// thousand jobs stand far apart, and another's first job goes before nearly all of them; and as newcomers stand a little
/// behind the present, it moves on, and the thousandth job's turn comes.
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
    /// The turn of each client's last job; what no longer makes a difference is forgotten.
    private var lastTurns: [String: Int] = [:]
    private var servedTurn = 0
    private var lastSequence = 0

    /// How far apart a client's jobs stand.
    package static let turnLength = 8

    /// Makes an empty line.
    package init() {}

    /// Jobs that wait.
    package var count: Int { waiters.count }

    /// The waiting jobs, next one first.
    package var ids: some Sequence<JobID> { waiters.lazy.map(\.id) }

    /// Gives a new job of `client` its place.
    package mutating func join(_ id: JobID, of client: String) -> Place {
        lastSequence += 1
        let turn = max(servedTurn + 1, lastTurns[client].map { $0 + Self.turnLength } ?? 0)
        let place = Place(turn: turn, sequence: lastSequence)
        rejoin(id, of: client, at: place)
        return place
    }

    /// Puts a job back at the place that it had.
    package mutating func rejoin(_ id: JobID, of client: String, at place: Place) {
        waiters.insert(Waiter(place: place, id: id), at: waiters.boundary { $0.place < place })
        let index = turns[client, default: []].boundary { $0 < place.turn }
        turns[client, default: []].insert(place.turn, at: index)
        lastTurns[client] = max(lastTurns[client] ?? 0, place.turn)
    }

    /// Takes a waiting job out that is not started: the client has its turn back.
    package mutating func leave(of client: String, from place: Place) {
        remove(of: client, from: place)
        if lastTurns[client] == place.turn {
            lastTurns[client] = max(turns[client]?.last ?? 0, place.turn - Self.turnLength)
        }
        forgetOldTurns()
    }

    private mutating func remove(of client: String, from place: Place) {
        waiters.remove(at: waiters.boundary { $0.place < place })
        guard let index = turns[client]?.boundary(where: { $0 < place.turn }) else { return }
        turns[client]?.remove(at: index)
        if turns[client]?.isEmpty == true { turns[client] = nil }
    }

    /// Takes a waiting job out because it is started: its turn is the present one now.
    package mutating func serve(of client: String, from place: Place) {
        remove(of: client, from: place)
        servedTurn = max(servedTurn, place.turn)
        forgetOldTurns()
    }

    /// A client whose last turn is long past is like a newcomer. Looks only now and then, when many have gathered.
    private mutating func forgetOldTurns() {
        guard lastTurns.count > 2 * turns.count + 64 else { return }
        lastTurns = lastTurns.filter { $0.value + Self.turnLength > servedTurn + 1 }
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
