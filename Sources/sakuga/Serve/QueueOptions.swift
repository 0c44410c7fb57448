import ArgumentParser
import Foundation
import JobQueue
import JobQueueRedis
import JobQueueSQLite

/// The flags about waiting, queueing and keeping.
struct QueueOptions: ParsableArguments {
    @Option(help: "Longest time that a direct request is kept waiting, its own run included; beyond it, it is queued or refused.")
    var maxWait = TimeSpan(seconds: 3)

    @Option(help: "What happens to a request beyond --max-wait: queue (202 with a position) or reject (503).")
    var overload = Overload.queue

    @Option(help: "Where queued jobs are kept: memory, sqlite:PATH, redis://[:PASSWORD@]HOST:PORT/DB, or rediss://… for TLS.")
    var queue = QueuePlace.memory

    @Option(help: "Most jobs that wait in the queue; beyond it requests get 503.")
    var maxQueued = 512

    @Option(help: "Most bytes that the waiting jobs' photos take.")
    var maxQueuedBytes = ByteCount(64_000_000)

    @Option(help: "A worker of the queue that is silent for so long has lost its jobs to others.")
    var claimAfter = TimeSpan(seconds: 30)

    @Option(help: "How long a job's result is kept.")
    var resultTtl = TimeSpan(seconds: 3_600)

    @Option(help: "Most bytes that kept results take; the oldest go first.")
    var resultBytes = ByteCount(64_000_000)

    @Option(help: "Bytes of pictures made lately to answer equal requests with; 0 turns this off.")
    var cache = ByteCount(64_000_000)

    @Option(help: "Most memory that the process takes, about; a job that would need more waits for others to end.")
    var memoryLimit = ByteCount(500_000_000)

    func validate() throws {
        guard maxWait.seconds >= 0.1 else { throw ValidationError("--max-wait is at least 100ms.") }
        guard (0...1_000_000).contains(maxQueued) else { throw ValidationError("--max-queued is 0 to 1000000.") }
        guard claimAfter.seconds >= 1 else {
            throw ValidationError("--claim-after is at least 1s: workers report twice a second.")
        }
        guard resultTtl.seconds >= 1 else { throw ValidationError("--result-ttl is at least 1s.") }
        guard memoryLimit.bytes >= 200_000_000 else {
            throw ValidationError("--memory-limit is at least 200MB: the model and the program take about half of that.")
        }
    }

    var limits: JobStoreLimits {
        JobStoreLimits(
            queuedJobs: maxQueued, queuedBytes: maxQueuedBytes.bytes, resultLifetime: resultTtl.duration,
            resultBytes: resultBytes.bytes, leaseDuration: claimAfter.duration)
    }

    /// Opens the store.
    func store() async throws -> any JobStore {
        switch queue {
        case .memory: MemoryJobStore(limits: limits)
        case .sqlite(let path): try SQLiteJobStore(path: path, limits: limits)
        case .redis(let address): RedisJobStore(at: address, limits: limits)
        }
    }
}

/// Where queued jobs are kept.
enum QueuePlace: ExpressibleByArgument, Sendable, CustomStringConvertible {
    case memory
    case sqlite(path: String)
    case redis(RedisAddress)

    init?(argument: String) {
        if argument == "memory" {
            self = .memory
        } else if argument.hasPrefix("sqlite:"), argument.count > 7 {
            self = .sqlite(path: String(argument.dropFirst(7)))
        } else if argument.hasPrefix("redis"), let address = try? RedisAddress(argument) {
            self = .redis(address)
        } else {
            return nil
        }
    }

    /// Without the password that an address may hold.
    var description: String {
        switch self {
        case .memory: "memory"
        case .sqlite(let path): "sqlite:\(path)"
        case .redis(let address): "\(address)"
        }
    }

    var defaultValueDescription: String { description }
}

/// What happens to a request beyond `--max-wait`.
enum Overload: String, ExpressibleByArgument, CaseIterable {
    case queue
    case reject
}
