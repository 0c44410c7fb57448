import LoadGeneration

/// A load balancer that gives each request to one of the instances with the fewest active requests, chosen at random.
///
/// - Complexity: O(1) a request, however many instances there are.
struct LeastConnections {
    /// The living instances by their number of active requests.
    private var levels: [[Int]]
    /// The level of each instance and its index there; level −1 is dead.
    private var positions: [(level: Int, index: Int)]
    private var lowest = 0

    init(instances: Int) {
        levels = [Array(0..<instances)]
        positions = (0..<instances).map { (0, $0) }
    }

    /// Chooses an instance for a request; nil if none lives.
    mutating func choose(_ random: inout SeededRandom) -> Int? {
        while lowest < levels.count, levels[lowest].isEmpty { lowest += 1 }
        guard lowest < levels.count else { return nil }
        let instance = levels[lowest][Int.random(in: 0..<levels[lowest].count, using: &random)]
        move(instance, to: lowest + 1)
        return instance
    }

    /// One of its requests has ended.
    mutating func end(_ instance: Int) {
        let level = positions[instance].level
        guard level > 0 else { return }
        move(instance, to: level - 1)
        lowest = min(lowest, level - 1)
    }

    /// Removes a dead instance.
    mutating func remove(_ instance: Int) {
        detach(instance)
        positions[instance] = (-1, 0)
    }

    private mutating func move(_ instance: Int, to level: Int) {
        detach(instance)
        if level == levels.count { levels.append([]) }
        positions[instance] = (level, levels[level].count)
        levels[level].append(instance)
    }

    private mutating func detach(_ instance: Int) {
        let (level, index) = positions[instance]
        guard level >= 0 else { return }
        let last = levels[level].removeLast()
        guard last != instance else { return }
        levels[level][index] = last
        positions[last].index = index
    }
}
