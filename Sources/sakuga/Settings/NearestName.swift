/// The name that somebody meant who wrote another.
enum NearestName {
    /// The nearest of `names`, if one is near enough to be a slip of the pen.
    static func of(_ word: String, among names: some Sequence<String>) -> String? {
        let nearest = names.map { ($0, distance(word, $0)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let (name, distance) = nearest, distance <= (word.count <= 4 ? 1 : 2) else { return nil }
        return name
    }

    /// Letters to add, remove, change or exchange with their neighbour between two words (the optimal string alignment distance).
    static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first), second = Array(second)
        var before: [Int] = [], above = Array(0...second.count)
        for i in first.indices {
            var row = [i + 1]
            for j in second.indices {
                let change = above[j] + (first[i] == second[j] ? 0 : 1)
                var best = min(change, above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] { best = min(best, before[j - 1] + 1) }
                row.append(best)
            }
            (before, above) = (above, row)
        }
        return above[second.count]
    }
}
