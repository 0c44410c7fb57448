package import Foundation

/// A whole run: what `summary.json` holds. `docs/loadtest-summary.md` tells its fields.
package struct LoadTestSummary: Codable, Sendable {
    /// The form of this file; another number for each change that a reader would stumble over.
    package static let currentSchema = "sakuga.loadtest/1"

    /// `currentSchema` of the program that wrote it.
    package var schema = currentSchema
    /// Tells runs apart; sorts by time.
    package var id: String
    /// When it began.
    package var started: Date
    /// When it ended.
    package var ended: Date
    /// The command line that repeats it.
    package var command: [String]
    /// What was tested.
    package var target: TargetSummary
    /// Where the generator ran.
    package var environment: EnvironmentSummary
    /// What load was asked for.
    package var load: LoadSummary
    /// What the requests carried; nil if nothing.
    package var payload: PayloadSummary?
    /// In the order in which they ran.
    package var steps: [StepSummary]
    /// By request, over all steps.
    package var requests: [RequestSummary]
    /// All requests together, over all steps.
    package var total: RequestSummary
    /// By request and cause, over the whole run, most frequent first.
    package var failures: [FailureSummary]
    /// A point a second, or of several seconds in a long run.
    package var timeline: [TimelinePoint]
    /// What was asked of the target.
    package var objectives: [Objective]
    /// What became of it.
    package var verdict: RunVerdict
    /// What follows for the number of instances; nil if there were no steps.
    package var capacity: CapacitySummary?
    /// What `--find-max` found; nil without.
    package var search: SearchSummary?
    /// Whether the generator kept up, over all steps.
    package var generator: GeneratorHealth
    /// What else people should know, a sentence each.
    package var notes: [String]

    /// Makes a summary of a run that has been described; `verdict`, `capacity` and the rest may be replaced later.
    package init(
        id: String, started: Date, ended: Date, command: [String], target: TargetSummary, environment: EnvironmentSummary,
        load: LoadSummary, payload: PayloadSummary? = nil, steps: [StepSummary], requests: [RequestSummary],
        total: RequestSummary? = nil, failures: [FailureSummary], timeline: [TimelinePoint], objectives: [Objective],
        verdict: RunVerdict,
        capacity: CapacitySummary? = nil, search: SearchSummary? = nil, generator: GeneratorHealth, notes: [String] = []
    ) {
        self.id = id
        self.started = started
        self.ended = ended
        self.command = command
        self.target = target
        self.environment = environment
        self.load = load
        self.payload = payload
        self.steps = steps
        self.requests = requests
        self.total = total ?? .nothing
        self.failures = failures
        self.timeline = timeline
        self.objectives = objectives
        self.verdict = verdict
        self.capacity = capacity
        self.search = search
        self.generator = generator
        self.notes = notes
    }
}
