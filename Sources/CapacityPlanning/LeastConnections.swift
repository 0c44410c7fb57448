import LoadGeneration

/// A balancer that gives each request to an instance with the fewest requests under way, any of them if there are several.
///
/// Complexity: O(1) a request, however many instances there are.
struct LeastConnections {
    /// Living instances by how many requests they have.
    private var levels: [[Int]]
    /// Where each is: its level, and its place there; level −1 is dead.
    private var places: [(level: Int, index: Int)]
    private var lowest = 0

    init(instances: Int) {
        levels = [Array(0..<instances)]
        places = (0..<instances).map { (0, $0) }
    }

    /// Chooses an instance and gives it a request; nil if none lives.
    mutating func choose(_ random: inout SeededRandom) -> Int? {
        while lowest < levels.count, levels[lowest].isEmpty { lowest += 1 }
        guard lowest < levels.count else { return nil }
        let instance = levels[lowest][Int.random(in: 0..<levels[lowest].count, using: &random)]
        move(instance, to: lowest + 1)
        return instance
    }

    /// One of its requests has ended.
    mutating func end(_ instance: Int) {
        let level = places[instance].level
        guard level > 0 else { return }
        move(instance, to: level - 1)
        lowest = min(lowest, level - 1)
    }

    /// It is seen to be dead and gets nothing any more.
    mutating func remove(_ instance: Int) {
        takeOut(instance)
        places[instance] = (-1, 0)
    }

    private mutating func move(_ instance: Int, to level: Int) {
        takeOut(instance)
        if level == levels.count { levels.append([]) }
        places[instance] = (level, levels[level].count)
        levels[level].append(instance)
    }

    private mutating func takeOut(_ instance: Int) {
        let (level, index) = places[instance]
        guard level >= 0 else { return }
        let last = levels[level].removeLast()
        guard last != instance else { return }
        levels[level][index] = last
        places[last].index = index
    }
}
