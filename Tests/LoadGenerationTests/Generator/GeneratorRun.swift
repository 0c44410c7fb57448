import LatencyHistograms
import LoadGeneration
import Testing

/// Settings of a small, quick load on a server of the test.
func settings(
    port: Int, scheme: String = "http", host: String = "127.0.0.1",
    _ requests: [RequestTemplate] = [RequestTemplate(name: "/", path: "/")],
    model: LoadModel = .closed(.none)
) throws -> GeneratorSettings {
    var settings = GeneratorSettings(
        target: try LoadTarget("\(scheme)://\(host):\(port)"), requests: requests, model: model)
    settings.connection.connectTimeout = .seconds(120)
    settings.connection.requestTimeout = .seconds(120)
    return settings
}

/// Everything that a generator has seen so far.
struct GeneratorRun {
    let generator: LoadGenerator
    private(set) var seen: GeneratorWindow

    init(_ settings: GeneratorSettings) async throws {
        generator = try await LoadGenerator.start(settings)
        seen = await generator.collect()
    }

    var all: RequestCounts { seen.counts.sum }

    /// The one failure there is, with its sample.
    func onlyFailure() throws -> (cause: String, sample: String) {
        #expect(all.succeeded == 0 && all.queued == 0)
        try #require(all.failures.groups.count == 1)
        let (cause, group) = try #require(all.failures.groups.first)
        return (cause.name, group.sample ?? "")
    }

    /// Collects until `condition` holds; the time-out is only there so that a broken test ends.
    mutating func wait(until condition: (GeneratorWindow) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(120)
        while !condition(seen) {
            try #require(ContinuousClock.now < end, "what the test waits for has not happened")
            try await Task.sleep(for: .milliseconds(2))
            await collect()
        }
    }

    mutating func collect() async { add(await generator.collect()) }

    /// Ends the load; what is still out after `grace` is cut.
    mutating func stop(grace: Duration = .seconds(120)) async { add(await generator.stop(grace: grace)) }

    private mutating func add(_ window: GeneratorWindow) {
        var sum = window
        sum.counts = seen.counts
        sum.counts.merge(window.counts)
        sum.startLag = seen.startLag
        sum.startLag.merge(window.startLag)
        sum.connectionsOpened += seen.connectionsOpened
        sum.resent += seen.resent
        sum.polls += seen.polls
        sum.followed += seen.followed
        sum.picturesDecoded += seen.picturesDecoded
        sum.abandoned += seen.abandoned
        seen = sum
    }
}
