import Foundation
import LoadGeneration
import LoadTestFixtures
import LoadTesting
import Testing

struct SummaryTests {
    /// A summary in which no field is left out.
    static var full: LoadTestSummary {
        let label = RequestLabel(method: "POST", name: "/api/predict")
        let objectives = [Objective(.percentile(95), 3, abortsRun: true), Objective(.percentile(99.9), 0.1)]
        var use = ResourceUse(), health = GeneratorHealth()
        let level = ResourceUse.Level(mean: 1, maximum: 2)
        (use.cores, use.cpuPercent, use.residentBytes, use.threads, use.descriptors, use.queueLength) = (
            2, level, level, level, level, level
        )
        (health.cpuPercent, health.lag, health.lagP99, health.complaints) = (level, level, 0.001, ["late"])
        var steps = [1, 2, 4, 8].map { users in
            var collector = StepCollector(
                labels: [label],
                conditions: StepConditions(
                    label: "\(users) users", users: users, rate: 1, started: Date(timeIntervalSince1970: 1_800_000_000),
                    droppedSeconds: 1,
                    meanWait: 2))
            for _ in 0..<6 {
                collector.add(.of(milliseconds: Array(repeating: 100, count: 40), failed: 1), seconds: Double(40) / 4)
            }
            return collector.summary(objectives: objectives, resources: use, generator: health, unloadedLatency: 0.1)
        }
        steps[0].objectives[0].usersNeeded = 3
        let window = WindowCounts.of(milliseconds: Array(repeating: 100, count: 100), failed: 2)
        var point = TimelinePoint(time: 1_800_000_001, seconds: 1, step: 0, users: 1, rate: 2, inFlight: 1, window: window)
        (point.cpuPercent, point.residentBytes, point.threads, point.descriptors, point.queueLength) = (1, 2, 3, 4, 5)
        (point.generatorCpuPercent, point.lag, point.totalMedian) = (6, 7, 8)
        var search = LoadSearch(LoadSearchPlan(start: 8, repeats: 1))
        while let load = search.next { search.record(load <= 10 ? .passed : .failed, throughput: load) }
        var capacity = CapacitySummary(steps: steps)
        (capacity.fitProblem, capacity.kneeUsers, capacity.kneeThroughput) = ("said", 4, 5)
        (capacity.recommendedUsers, capacity.recommendedThroughput) = (1, 2)
        capacity.fit?.peakUsers = 5
        capacity.fit?.peakThroughput = 6
        return LoadTestSummary(
            id: "20270115T080000Z", started: Date(timeIntervalSince1970: 1_800_000_000),
            ended: Date(timeIntervalSince1970: 1_800_000_060),
            command: ["sakuga", "loadtest"],
            target: TargetSummary(
                url: "http://127.0.0.1:7860/", httpVersion: "HTTP/1.1", server: "x", processes: [1], metrics: "m"),
            environment: EnvironmentSummary(host: "h", system: "s", cores: 2, processor: "p", memoryBytes: 1, version: "1"),
            load: LoadSummary(model: "closed", shape: "steps", wait: "1 s", spawnRate: 2),
            payload: PayloadSummary(images: 1, api: "gradio", meanBytes: 2, originalMeanBytes: 3), steps: steps,
            requests: RequestSummary.of(window, seconds: 1), total: .total(of: window, seconds: 1),
            failures: FailureSummary.of(window, started: Date(timeIntervalSince1970: 1_800_000_000), startedUptime: 0),
            timeline: [point],
            objectives: objectives, verdict: RunVerdict(outcome: .failed, reasons: ["r"]), capacity: capacity,
            search: search.summary,
            generator: health, notes: ["n"])
    }

    /// Types that have a section of their own, by the fields that hold them.
    private static let sections = [
        "counts": "counts", "service": "latency", "corrected": "latency", "all": "latency", "requests[]": "request",
        "total": "request",
        "failures[]": "failure", "generator": "generator", "histogram": "histogram", "corrected_histogram": "histogram",
    ]

    /// Fields that are told of in the text of their row and not in rows of their own.
    private static func isToldInPlace(_ path: String) -> Bool {
        path.hasSuffix("throughput_interval") || path.hasSuffix("[].objective") || path == "failure.label"
            || (path.hasPrefix("steps[].resources.") && path != "steps[].resources.cores") || path == "generator.cpu_percent"
            || path == "generator.lag"
    }

    /// The path of each field, as the document writes them.
    private func paths(_ value: Any, at path: String, into paths: inout Set<String>) {
        let last = String(path.split(separator: ".").last ?? "")
        if let section = Self.sections[last], path != section, value is [String: Any] {
            paths.insert(path)
            self.paths(value, at: section, into: &paths)
        } else if Self.isToldInPlace(path) {
            paths.insert(path)
        } else if let object = value as? [String: Any] {
            for (key, value) in object { self.paths(value, at: path.isEmpty ? key : "\(path).\(key)", into: &paths) }
        } else if let array = value as? [Any], !path.hasSuffix("[]") {
            for element in array { self.paths(element, at: path + "[]", into: &paths) }
        } else {
            paths.insert(path)
        }
    }

    @Test func `the document names every field of the file, and no other`() throws {
        let object = try JSONSerialization.jsonObject(with: Self.full.json())
        var written = Set<String>()
        paths(object, at: "", into: &written)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let document = try String(contentsOf: root.appending(path: "docs/loadtest-summary.md"), encoding: .utf8)
        let documented = Set(
            document.split(separator: "\n").compactMap { line in
                line.hasPrefix("| `") ? line.dropFirst(3).split(separator: "`").first.map(String.init) : nil
            })
        #expect(written.subtracting(documented).sorted() == [])
        // A section's heading row stands for what is inside.
        #expect(documented.subtracting(written).subtracting(["generator"]).sorted() == [])
    }

    @Test func `a summary survives a round trip`() throws {
        let written = try Self.full.json()
        #expect(try LoadTestSummary(json: written).json() == written)
    }

    @Test func `a file that is not a summary is refused with what is missing`() throws {
        func problem(_ text: String) throws -> String {
            try #require(throws: SummaryError.self) { try LoadTestSummary(json: Data(text.utf8)) }.description
        }
        #expect(try problem("nothing").contains("it is not the summary.json of a load test"))
        #expect(try problem("{}").contains("schema is missing"))
        #expect(try problem(#"{"schema":"sakuga.loadtest/9"}"#).contains("\"sakuga.loadtest/9\""))
        #expect(try problem(#"{"schema":"sakuga.loadtest/1"}"#).contains("is missing"))
        let broken = String(decoding: try Self.full.json(), as: UTF8.self).replacing(
            "\"metric\" : \"p95\"", with: "\"metric\" : \"p200\"")
        #expect(try problem(broken).contains("there is no objective \"p200\""))
    }

    @Test func `the total is of all requests together`() {
        let total = Self.full.total
        #expect(total.label.name == "Aggregated" && total.counts.ended == 102 && total.all.count == 102)
    }

    @Test func `a point of the timeline has figures of successes and of all that ended`() throws {
        let point = Self.full.timeline[0]
        #expect(point.mean == 0.1 && (point.meanOfAll ?? 1) < 0.1 && point.minimum == 0.001 && point.maximum == 0.1)
        #expect(point.percentiles?.count == LatencySummary.percents.count)
        let idle = TimelinePoint(time: 1, seconds: 1, step: nil, users: 0, window: WindowCounts(labels: []))
        #expect(idle.mean == nil && idle.percentiles == nil && idle.bytesReceived == 0)
    }
}
