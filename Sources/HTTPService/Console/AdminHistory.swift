import Serving

/// The last five minutes for the console's charts, in columns: what it gets first.
struct AdminHistory: Encodable, Sendable {
    /// One value a sample, the oldest first.
    struct Gauges: Encodable, Sendable {
        /// Seconds since the console began; the same clock as `AdminState.at`.
        var at: [Double] = []
        var waiting: [Int] = []
        var queued: [Int] = []
        var running: [Int] = []
        var predicted_wait_seconds: [Double] = []
        var cores_used: [Double?] = []
        var resident_bytes: [Int?] = []
        var p50_seconds: [Double?] = []
        var p95_seconds: [Double?] = []
        var p99_seconds: [Double?] = []
    }

    /// One value a second that is over, the oldest first.
    struct Traffic: Encodable, Sendable {
        var at: [Double] = []
        var requests: [Int] = []
        var errors: [Int] = []
    }

    var gauges = Gauges()
    var traffic = Traffic()

    init(_ samples: [GaugeHistory.Sample], _ moments: [RecentLatency.Second], now: Double) {
        for sample in samples {
            gauges.at.append(sample.at.rounded(to: 3))
            gauges.waiting.append(sample.waiting)
            gauges.queued.append(sample.queued)
            gauges.running.append(sample.running)
            gauges.predicted_wait_seconds.append(sample.predictedWait.rounded(to: 3))
            gauges.cores_used.append(sample.cores?.rounded(to: 3))
            gauges.resident_bytes.append(sample.residentBytes)
            gauges.p50_seconds.append(sample.p50?.rounded(to: 6))
            gauges.p95_seconds.append(sample.p95?.rounded(to: 6))
            gauges.p99_seconds.append(sample.p99?.rounded(to: 6))
        }
        // The present second is not over, and before the service began there was none.
        for moment in moments where moment.age > 0 && Double(moment.age) <= now {
            traffic.at.append((now - Double(moment.age)).rounded(to: 3))
            traffic.requests.append(moment.requests)
            traffic.errors.append(moment.errors)
        }
    }
}

extension Double {
    /// With so many decimals.
    func rounded(to decimals: Int) -> Double {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}
