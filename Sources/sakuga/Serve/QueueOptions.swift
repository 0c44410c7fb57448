import ArgumentParser
import Foundation
import JobQueue
import JobQueueRedis
import JobQueueSQLite
import OptionValues

/// The options about waiting, the queue, results and memory.
struct QueueOptions: ParsableArguments {
    @Option(
        help: "Longest time that a request may wait for its picture; what would take longer is queued or rejected (--overload).")
    var maxWait = TimeSpan(seconds: 3)

    @Option(help: "What to do with a request beyond --max-wait: queue it (202 with its position) or reject it (503).")
    var overload = Overload.queue

    @Option(help: "Store of the queued jobs: memory, sqlite:PATH, redis://[:PASSWORD@]HOST:PORT/DB, or rediss://… for TLS.")
    var queue = QueueLocation.memory

    @Option(help: "Maximum number of queued jobs; requests beyond it are rejected (503).")
    var maxQueued = 512

    @Option(help: "Memory limit of the queued jobs' photos.")
    var maxQueuedBytes = ByteCount(64_000_000)

    @Option(help: "Give a worker's jobs to others when it has been silent for this long.")
    var claimAfter = TimeSpan(seconds: 30)

    @Option(help: "Time that the result of a job is kept.")
    var resultTtl = TimeSpan(seconds: 3_600)

    @Option(help: "Memory limit of kept results; the oldest are removed first.")
    var resultBytes = ByteCount(64_000_000)

    @Option(help: "Size of the result cache, which answers repeated requests; 0 disables it.")
    var cache = ByteCount(64_000_000)

    @Option(help: "Memory limit of the process; a job that would exceed it waits until others have ended.")
    var memoryLimit = ByteCount(500_000_000)

    func validate() throws {
        guard maxWait.seconds >= 0.1 else { throw ValidationError("--max-wait must be at least 100ms.") }
        guard (0...1_000_000).contains(maxQueued) else { throw ValidationError("--max-queued must be 0 to 1000000.") }
        guard claimAfter.seconds >= 1 else {
            throw ValidationError("--claim-after must be at least 1s: workers report twice a second.")
        }
        guard resultTtl.seconds >= 1 else { throw ValidationError("--result-ttl must be at least 1s.") }
        guard memoryLimit.bytes >= 200_000_000 else {
            throw ValidationError("--memory-limit must be at least 200MB: the program and the model need about half of that.")
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

/// The store of the queued jobs.
enum QueueLocation: ExpressibleByArgument, Sendable, CustomStringConvertible {
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

    /// Without the password of an address.
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
