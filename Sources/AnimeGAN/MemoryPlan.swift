/// Places buffers with known lifetimes in one arena, so that those which never live together share memory.
struct MemoryPlan: Sendable {
    /// A buffer alive from step `first` to step `last`, both included.
    struct Request: Sendable {
        let count: Int
        let first: Int
        let last: Int

        func meets(_ other: Request) -> Bool { first <= other.last && other.first <= last }
    }

    /// Where each request starts, in floats, in the order of the requests.
    let offsets: [Int]
    /// The arena's size in floats.
    let count: Int

    /// Largest first, each at the lowest place that is free for its whole life.
    init(_ requests: [Request]) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var placed: [Int] = []
        var total = 0
        for index in requests.indices.sorted(by: { requests[$0].count > requests[$1].count }) {
            let neighbours = placed.filter { requests[$0].meets(requests[index]) }.sorted { offsets[$0] < offsets[$1] }
            var offset = 0
            for other in neighbours where offset + requests[index].count > offsets[other] {
                offset = max(offset, Self.aligned(offsets[other] + requests[other].count))
            }
            offsets[index] = offset
            placed.append(index)
            total = max(total, offset + requests[index].count)
        }
        self.offsets = offsets
        count = total
    }

    /// To the next cache line.
    private static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}
