import JobQueue
import Synchronization

/// When the workers of this process were last heard, and how far they said to be. It lives in memory only: no claim outlives the
/// process, so a sign of life needs no write to the disk (and works when that is full).
final class Heartbeats: Sendable {
    private struct Beat {
        var heard: Double
        var progress: JobProgress?
    }

    private let beats = Mutex<[String: Beat]>([:])

    /// A claim begins.
    func begin(_ id: String, at uptime: Double) {
        beats.withLock { $0[id] = Beat(heard: uptime) }
    }

    /// Its worker lives, and may have said how far it is.
    func beat(_ id: String, progress: JobProgress?, at uptime: Double) {
        beats.withLock { beats in
            beats[id] = Beat(heard: uptime, progress: progress ?? beats[id]?.progress)
        }
    }

    /// The claim is over.
    func end(_ id: String) {
        beats.withLock { $0[id] = nil }
    }

    /// How far the job is.
    func progress(of id: String) -> JobProgress? {
        beats.withLock { $0[id]?.progress }
    }

    /// Those of the running jobs whose workers have been silent for so many seconds. All others are forgotten; of a job that was
    /// never heard of (its claim was committed with an error) the silence begins now.
    func silent(among running: [String], for seconds: Double, at uptime: Double) -> [String] {
        beats.withLock { beats in
            beats = running.reduce(into: [:]) { $0[$1] = beats[$1] ?? Beat(heard: uptime) }
            return running.filter { beats[$0].map { uptime - $0.heard >= seconds } ?? false }
        }
    }
}
