import Foundation
import NIOCore

/// What was tested.
package struct TargetSummary: Codable, Sendable {
    /// Its address, without credentials.
    package var url: String
    /// `HTTP/1.1` or `HTTP/2`, as it was agreed on; nil if never connected.
    package var httpVersion: String?
    /// The value of its `Server` header.
    package var server: String?
    /// Processes whose resources were measured.
    package var processes: [Int]
    /// Where figures were scraped from.
    package var metrics: String?

    /// Makes a target.
    package init(
        url: String, httpVersion: String? = nil, server: String? = nil, processes: [Int] = [], metrics: String? = nil
    ) {
        self.url = url
        self.httpVersion = httpVersion
        self.server = server
        self.processes = processes
        self.metrics = metrics
    }
}

/// Where the generator ran.
package struct EnvironmentSummary: Codable, Sendable {
    /// The machine's name.
    package var host: String
    /// System and release.
    package var system: String
    /// Cores that this process may use.
    package var cores: Int
    /// The processor's name; nil if unknown.
    package var processor: String?
    /// Bytes of memory; nil if unknown.
    package var memoryBytes: Int?
    /// Sakuga's version.
    package var version: String

    /// Makes an environment.
    package init(host: String, system: String, cores: Int, processor: String? = nil, memoryBytes: Int? = nil, version: String) {
        self.host = host
        self.system = system
        self.cores = cores
        self.processor = processor
        self.memoryBytes = memoryBytes
        self.version = version
    }
}

/// The requested load.
package struct LoadSummary: Codable, Sendable {
    /// `closed` (users that wait for their responses) or `open` (arrivals that do not).
    package var model: String
    /// As text: `steps 5, 10, 20 users, 60 s each`.
    package var shape: String
    /// The think time in words; nil in the open model.
    package var wait: String?
    /// Users added a second.
    package var spawnRate: Double?
    /// Whether connections were kept.
    package var keepAlive: Bool

    /// Makes a description.
    package init(model: String, shape: String, wait: String? = nil, spawnRate: Double? = nil, keepAlive: Bool = true) {
        self.model = model
        self.shape = shape
        self.wait = wait
        self.spawnRate = spawnRate
        self.keepAlive = keepAlive
    }
}

/// What the requests carried.
package struct PayloadSummary: Codable, Sendable {
    /// Different pictures.
    package var images: Int
    /// `gradio`, `rest`, `jobs`, ….
    package var api: String
    /// Mean bytes of a body as sent.
    package var meanBytes: Double
    /// Mean bytes that it would have had without shrinking; nil without shrinking.
    package var originalMeanBytes: Double?
    /// Whether every request's picture was another.
    package var isUnique: Bool

    /// Makes a description.
    package init(images: Int, api: String, meanBytes: Double, originalMeanBytes: Double? = nil, isUnique: Bool = false) {
        self.images = images
        self.api = api
        self.meanBytes = meanBytes
        self.originalMeanBytes = originalMeanBytes
        self.isUnique = isUnique
    }
}

/// The verdict on a run.
package struct RunVerdict: Codable, Sendable, Equatable {
    /// How it ended.
    package enum Outcome: String, Codable, Sendable {
        /// No objectives were given.
        case none
        /// Every objective was met in every step that was judged.
        case passed
        /// One was not.
        case failed
        /// None was missed, but there were too few requests to prove all.
        case unproven
        /// The generator was the bottleneck: the result says nothing about the target.
        case invalid
    }

    /// How it ended.
    package var outcome: Outcome
    /// Why, a sentence each.
    package var reasons: [String]

    /// Makes a verdict.
    package init(outcome: Outcome, reasons: [String] = []) {
        self.outcome = outcome
        self.reasons = reasons
    }
}

extension EnvironmentSummary {
    /// This machine.
    static func current(version: String) -> EnvironmentSummary {
        let process = ProcessInfo.processInfo
        return EnvironmentSummary(
            host: process.hostName, system: process.operatingSystemVersionString, cores: System.coreCount,
            processor: processorName(), memoryBytes: Int(clamping: process.physicalMemory), version: version)
    }

    private static func processorName() -> String? {
        #if os(Linux)
            guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
            let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
            return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        #else
            return nil
        #endif
    }
}
