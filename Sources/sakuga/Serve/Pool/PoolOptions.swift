import ArgumentParser
import Supervision

/// The flags about several worker processes.
struct PoolOptions: ParsableArguments {
    @Option(
        help: """
            Serve with so many worker processes behind one address, or with as many as the load needs: 4 or 2..8. They are watched, \
            restarted, updated and scaled; `sakuga ctl` talks to them. (default: one process, unwatched)
            """)
    var workers: WorkerCount?

    @Option(help: "Replace a worker by a fresh one after so many requests, up to a tenth more. (default: never)")
    var maxRequests: Int?

    @Option(help: "Replace a worker that takes more memory than this. (default: never)")
    var maxRss: ByteCount?

    @Option(help: "A worker that has not answered for so long is killed and started anew.")
    var hangTimeout = TimeSpan(seconds: 10)

    @Option(help: "A worker has to be ready within this time of its start.")
    var startTimeout = TimeSpan(seconds: 60)

    @Option(help: "A worker that is to end gets so long to finish what it has.")
    var drainTimeout = TimeSpan(seconds: 60)

    @Option(help: "With 2..8: a worker too many is sent home after so long a quiet.")
    var scaleDownAfter = TimeSpan(seconds: 60)

    @Option(
        help: "The socket for `sakuga ctl`. (default: sakuga-PORT.sock in $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR, /run or /tmp)")
    var control: String?

    @Option(help: "Write the supervisor's process number into this file. (default: none)")
    var pidFile: String?

    func validate() throws {
        if let maxRequests, maxRequests < 1 { throw ValidationError("--max-requests is at least 1.") }
        if let maxRss, maxRss.bytes < 150_000_000 {
            throw ValidationError("--max-rss is at least 150MB: a fresh worker takes nearly as much.")
        }
        guard hangTimeout.seconds >= 1 else { throw ValidationError("--hang-timeout is at least 1s.") }
        guard startTimeout.seconds >= 1 else { throw ValidationError("--start-timeout is at least 1s.") }
        guard drainTimeout.seconds >= 1 else { throw ValidationError("--drain-timeout is at least 1s.") }
        guard scaleDownAfter.seconds >= 1 else { throw ValidationError("--scale-down-after is at least 1s.") }
        guard workers != nil else {
            for (name, isGiven) in [
                ("--max-requests", maxRequests != nil), ("--max-rss", maxRss != nil), ("--control", control != nil),
                ("--pid-file", pidFile != nil),
            ] where isGiven {
                throw ValidationError("\(name) belongs to --workers; give both.")
            }
            return
        }
    }

    /// How the pool treats its workers, on a machine where it may use so many cores.
    func settings(_ count: WorkerCount, cores: Int, maximumWait: Double) -> PoolSettings {
        var settings = PoolSettings(count: count, cores: cores)
        settings.recycling = RecyclingPolicy(maximumRequests: maxRequests, maximumResidentBytes: maxRss?.bytes)
        settings.silenceLimit = hangTimeout.seconds
        settings.startLimit = startTimeout.seconds
        settings.drainLimit = drainTimeout.seconds
        // Long before anybody would have to wait too long.
        settings.scaling.waitToGrow = max(0.1, maximumWait / 3)
        settings.scaling.looksToShrink = max(1, Int(scaleDownAfter.seconds))
        return settings
    }
}

extension WorkerCount: ExpressibleByArgument {
    /// As on the command line.
    package init?(argument: String) { self.init(argument) }
}
