/// Puts the metrics of several workers, each in Prometheus' text format, into one text: families together, each sample with a label that
/// says whose it is.
package enum ExpositionMerge {
    private struct Family {
        var heads: [Substring] = []
        var samples: [String] = []
    }

    /// `texts`: each worker's text under its name, which becomes the value of the label `worker`.
    package static func merge(_ texts: [(name: String, text: String)]) -> String {
        var order: [String] = []
        var families: [String: Family] = [:]
        for (name, text) in texts {
            var current = ""
            for line in text.split(separator: "\n") {
                if line.hasPrefix("#") {
                    let words = line.split(separator: " ", maxSplits: 3)
                    guard words.count > 2 else { continue }
                    current = String(words[2])
                    if families[current] == nil { order.append(current) }
                    var family = families[current] ?? Family()
                    let isNew = !family.heads.contains { $0.hasPrefix("\(words[0]) \(words[1]) ") }
                    if isNew { family.heads.append(line) }
                    families[current] = family
                } else if let sample = labelled(line, worker: name) {
                    let own = belongs(line, to: current) ? current : String(line.prefix { $0 != "{" && $0 != " " })
                    if families[own] == nil {
                        order.append(own)
                        families[own] = Family()
                    }
                    families[own]?.samples.append(sample)
                }
            }
        }
        return order.compactMap { families[$0] }
            .map { ($0.heads.map(String.init) + $0.samples).joined(separator: "\n") + "\n" }.joined()
    }

    /// Whether a sample is one of a family's: the name itself, or with `_bucket`, `_sum`, `_count`.
    private static func belongs(_ line: Substring, to family: String) -> Bool {
        !family.isEmpty && line.hasPrefix(family)
    }

    private static func labelled(_ line: Substring, worker: String) -> String? {
        let label = "worker=\"\(worker)\""
        if let brace = line.firstIndex(of: "{") {
            let after = line.index(after: brace)
            let separator = line[after...].hasPrefix("}") ? "" : ","
            return "\(line[..<after])\(label)\(separator)\(line[after...])"
        }
        guard let space = line.firstIndex(of: " ") else { return nil }
        return "\(line[..<space]){\(label)}\(line[space...])"
    }
}
