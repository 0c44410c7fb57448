/// The name that somebody meant who wrote another.
enum NearestName {
    /// The nearest of `names`, if one is near enough to be a slip of the pen.
    static func of(_ word: String, among names: some Sequence<String>) -> String? {
        let nearest = names.map { ($0, distance(word, $0)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let (name, distance) = nearest, distance <= (word.count <= 4 ? 1 : 2) else { return nil }
        return name
    }

    /// Letters to add, remove or change between two words (Levenshtein's distance).
    static func distance(_ first: String, _ second: String) -> Int {
        let second = Array(second)
        var row = Array(0...second.count)
        for (i, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in second.enumerated() {
                let change = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[second.count]
    }
}
