/// Places buffers with known lifetimes in one arena, so that those which never live together share memory.
package struct MemoryPlan: Sendable {
    /// A buffer alive from step `first` to step `last`, both included.
    package struct Request: Sendable {
        let count: Int
        let first: Int
        let last: Int
        /// Where it must lie; nil: anywhere.
        var offset: Int?

        package init(count: Int, first: Int, last: Int, offset: Int? = nil) {
            self.count = count
            self.first = first
            self.last = last
            self.offset = offset
        }

        func meets(_ other: Request) -> Bool { first <= other.last && other.first <= last }
    }

    /// Where each request starts, in floats, in the order of the requests.
    package let offsets: [Int]
    /// The arena's size in floats.
    package let count: Int

    /// Finds a placement in little more than the most memory that is ever alive at once.
    package init(_ requests: [Request]) {
        var bound = Self.mostAlive(requests)
        while true {
            var search = PlacementSearch(requests, bound: bound)
            if let offsets = search.run() {
                self.offsets = offsets
                count = bound
                return
            }
            bound = Self.aligned(bound + bound / 32 + 16)
        }
    }

    /// The largest sum of what is alive at one step, and the furthest end of what has its place: no arena is smaller.
    private static func mostAlive(_ requests: [Request]) -> Int {
        let steps = Set(requests.map(\.first))
        let sums = steps.map { step in
            // What lies in a given place may share memory with its neighbour in time: it counts by where it ends.
            requests.filter { $0.offset == nil && $0.first <= step && step <= $0.last }.reduce(0) { $0 + aligned($1.count) }
        }
        let ends = requests.compactMap { request in request.offset.map { $0 + request.count } }
        return max(sums.max() ?? 0, ends.max() ?? 0)
    }

    /// To the next cache line.
    static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}

/// Depth-first search over two places for each buffer, in the order of their lives: the lowest free one and the highest.
private struct PlacementSearch {
    private let requests: [MemoryPlan.Request]
    private let bound: Int
    private let order: [Int]
    private var offsets: [Int]
    private var placed: [Int]
    /// Steps left before the search gives up on this bound.
    private var attemptsLeft = 20_000

    init(_ requests: [MemoryPlan.Request], bound: Int) {
        self.requests = requests
        self.bound = bound
        offsets = requests.map { $0.offset ?? 0 }
        placed = requests.indices.filter { requests[$0].offset != nil }
        order = requests.indices.filter { requests[$0].offset == nil }.sorted {
            Self.turn(requests[$0]) < Self.turn(requests[$1])
        }
    }

    /// Buffers are placed in the order of their births; one that lives long is in everybody's way and comes before all.
    private static func turn(_ request: MemoryPlan.Request) -> Int {
        request.last - request.first > 2 ? Int.min : request.first
    }

    /// Offsets of all requests, or nil when none were found within the bound.
    mutating func run() -> [Int]? { place(0) ? offsets : nil }

    private mutating func place(_ position: Int) -> Bool {
        guard position < order.count else { return true }
        attemptsLeft -= 1
        guard attemptsLeft > 0 else { return false }
        let index = order[position]
        for offset in candidates(for: index) {
            offsets[index] = offset
            placed.append(index)
            if place(position + 1) { return true }
            placed.removeLast()
        }
        return false
    }

    /// The lowest and the highest free place.
    private func candidates(for index: Int) -> [Int] {
        let count = requests[index].count
        let neighbours = placed.filter { requests[$0].meets(requests[index]) }.sorted { offsets[$0] < offsets[$1] }
        var lowest = 0
        for other in neighbours where lowest + count > offsets[other] {
            lowest = max(lowest, MemoryPlan.aligned(offsets[other] + requests[other].count))
        }
        var highest = (bound - count) / 16 * 16
        for other in neighbours.reversed() where highest < offsets[other] + requests[other].count {
            highest = min(highest, (offsets[other] - count) / 16 * 16)
        }
        let fits = [lowest, highest].filter { $0 >= 0 && $0 + count <= bound }
        return fits.count == 2 && fits[0] == fits[1] ? [fits[0]] : fits
    }
}
