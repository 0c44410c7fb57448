import HTTPTypes
import JobQueue

/// The `Server-Timing` header: where a request's time went, as browsers show it.
enum ServerTiming {
    /// `queue;dur=0.1, decode;dur=3.1, infer;dur=280.4, total;dur=290.2`: milliseconds, as the header has them.
    static func text(_ result: JobResult, since arrival: ContinuousClock.Instant) -> String {
        let total = StageTiming(name: "total", seconds: arrival.duration(to: .now) / .seconds(1))
        return (result.timings + [total]).map { "\($0.name);dur=\(($0.seconds * 10_000).rounded() / 10)" }.joined(separator: ", ")
    }

    /// What can be said of a request without a picture.
    static func total(_ seconds: Double) -> String { "total;dur=\((seconds * 10_000).rounded() / 10)" }
}

extension HTTPField.Name {
    static let serverTiming = Self("Server-Timing")!
}
