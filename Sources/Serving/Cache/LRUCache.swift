/// Values by key, up to a total cost; the least recently used ones are evicted first. Every operation takes constant time.
struct LRUCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Node {
        var key: Key
        /// Nil while the node is free.
        var value: Value?
        var cost: Int
        /// Neighbours in the order of use, as indices; `none` at the ends.
        var newer: Int
        var older: Int
    }

    private static var none: Int { -1 }

    private let limit: Int
    private var indices: [Key: Int] = [:]
    private var nodes: [Node] = []
    private var free: [Int] = []
    private var newest: Int
    private var oldest: Int
    /// The sum of the values' costs.
    private(set) var cost = 0

    /// Creates an empty cache for values that cost `limit` in total.
    init(limit: Int) {
        self.limit = limit
        newest = Self.none
        oldest = Self.none
    }

    /// The number of values.
    var count: Int { indices.count }

    /// The value for `key`, which becomes the most recently used one.
    mutating func value(for key: Key) -> Value? {
        guard let index = indices[key] else { return nil }
        unlink(index)
        linkAsNewest(index)
        return nodes[index].value
    }

    /// Adds or replaces the value for `key`. A value that costs more than the limit is not kept.
    mutating func insert(_ value: Value, for key: Key, cost valueCost: Int) {
        if let index = indices[key] { remove(index) }
        guard valueCost <= limit else { return }
        while cost > limit - valueCost, oldest != Self.none { remove(oldest) }
        let node = Node(key: key, value: value, cost: valueCost, newer: Self.none, older: Self.none)
        let index: Int
        if let reused = free.popLast() {
            nodes[reused] = node
            index = reused
        } else {
            nodes.append(node)
            index = nodes.count - 1
        }
        indices[key] = index
        cost += valueCost
        linkAsNewest(index)
    }

    private mutating func remove(_ index: Int) {
        unlink(index)
        cost -= nodes[index].cost
        indices[nodes[index].key] = nil
        nodes[index].value = nil
        free.append(index)
    }

    private mutating func unlink(_ index: Int) {
        let (newer, older) = (nodes[index].newer, nodes[index].older)
        if newer == Self.none { newest = older } else { nodes[newer].older = older }
        if older == Self.none { oldest = newer } else { nodes[older].newer = newer }
    }

    private mutating func linkAsNewest(_ index: Int) {
        nodes[index].newer = Self.none
        nodes[index].older = newest
        if newest != Self.none { nodes[newest].newer = index }
        newest = index
        if oldest == Self.none { oldest = index }
    }
}
