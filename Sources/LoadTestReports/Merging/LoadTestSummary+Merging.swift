import Foundation
package import LoadTesting

extension LoadTestSummary {
    /// The results of generators that loaded one target at the same time, as one: step by step, counts and users are added up and
    /// histograms joined, so that percentiles are those of all requests together.
    /// - Throws: when they are not parts of one test.
    package static func joined(_ parts: [LoadTestSummary]) throws(MergeError) -> LoadTestSummary {
        guard let first = parts.first else { throw MergeError("There is nothing to merge.") }
        try check(parts, against: first)
        var joined = first
        joined.started = parts.map(\.started).min() ?? first.started
        joined.ended = parts.map(\.ended).max() ?? first.ended
        joined.steps = []
        for index in first.steps.indices {
            let lightest = joined.steps.min { $0.load < $1.load }
            joined.steps.append(
                StepSummary.joined(parts.map { $0.steps[index] }, objectives: first.objectives, lightest: lightest))
        }
        joined.steps = joined.steps.withShortfallsExplained
        joined.requests = RequestSummary.joined(parts.map(\.requests), steps: joined.steps)
        joined.total = RequestSummary.joined(parts.map { [$0.total] }, steps: joined.steps).first ?? first.total
        joined.failures = FailureSummary.joined(parts.map(\.failures))
        joined.timeline = TimelinePoint.joined(parts.map(\.timeline))
        joined.generator = GeneratorHealth.joined(parts.map(\.generator))
        joined.verdict = RunVerdict(steps: joined.steps, objectives: first.objectives, generator: joined.generator)
        joined.capacity = joined.steps.isEmpty ? nil : CapacitySummary(steps: joined.steps)
        joined.search = nil
        joined.notes = parts.flatMap(\.notes) + notes(on: parts)
        return joined
    }

    private static func check(_ parts: [LoadTestSummary], against first: LoadTestSummary) throws(MergeError) {
        for part in parts.dropFirst() {
            guard part.target.url == first.target.url else {
                throw MergeError("The results are of different targets: \(first.target.url) and \(part.target.url).")
            }
            guard part.load.model == first.load.model, part.steps.count == first.steps.count else {
                throw MergeError(
                    "The results are of different tests: \(first.load.shape) (\(first.steps.count) steps) and \(part.load.shape) "
                        + "(\(part.steps.count) steps). All generators must run the same steps.")
            }
        }
        guard Set(parts.map(\.id)).count == parts.count else { throw MergeError("A result is given twice.") }
    }

    private static func notes(on parts: [LoadTestSummary]) -> [String] {
        var notes = ["Merged from \(parts.count) generators: \(parts.map(\.environment.host).joined(separator: ", "))."]
        let starts = parts.map(\.started)
        if let earliest = starts.min(), let latest = starts.max(), case let apart = latest.timeIntervalSince(earliest), apart > 2
        {
            notes.append("They started up to \(Decimals.text(apart)) s apart, so their steps overlap only in part.")
        }
        return notes
    }
}

/// Why the results of several generators can't be joined: a sentence.
package struct MergeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence.
    package let description: String

    init(_ description: String) { self.description = description }
}
