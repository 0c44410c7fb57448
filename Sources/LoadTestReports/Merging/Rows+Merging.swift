import LatencyHistograms
import LoadTesting

extension RequestSummary {
    /// Tables of several generators as one. Percentiles can't be joined without their histograms: they are told where all requests
    /// of the steps are of one name, and left out otherwise.
    static func joined(_ tables: [[RequestSummary]], steps: [StepSummary]) -> [RequestSummary] {
        var rows: [RequestSummary] = []
        for row in tables.joined() {
            if let index = rows.firstIndex(where: { $0.label == row.label }) {
                rows[index] = rows[index].adding(row)
            } else {
                rows.append(row)
            }
        }
        guard rows.count == 1, let first = steps.first else { return rows }
        var histogram = first.histogram
        for step in steps.dropFirst() { histogram.merge(step.histogram) }
        rows[0].service = LatencySummary(histogram)
        return rows
    }

    private func adding(_ other: RequestSummary) -> RequestSummary {
        var row = self
        row.counts = counts.adding(other.counts)
        row.perSecond += other.perSecond
        row.failuresPerSecond += other.failuresPerSecond
        row.service = service.adding(other.service)
        row.all = all.adding(other.all)
        row.bytesReceived += other.bytesReceived
        row.bytesSent += other.bytesSent
        return row
    }
}

extension LatencySummary {
    /// Both together as far as that can be told.
    fileprivate func adding(_ other: LatencySummary) -> LatencySummary {
        guard count > 0, other.count > 0 else { return count > 0 ? self : other }
        var sum = self
        sum.count += other.count
        sum.mean = (mean * Double(count) + other.mean * Double(other.count)) / Double(sum.count)
        sum.minimum = min(minimum, other.minimum)
        sum.maximum = max(maximum, other.maximum)
        sum.percentiles = []
        return sum
    }
}

extension FailureSummary {
    /// Failures of several generators, most frequent first.
    static func joined(_ tables: [[FailureSummary]]) -> [FailureSummary] {
        var rows: [FailureSummary] = []
        for row in tables.joined() {
            guard let index = rows.firstIndex(where: { $0.label == row.label && $0.cause == row.cause }) else {
                rows.append(row)
                continue
            }
            rows[index].count += row.count
            rows[index].sample = rows[index].sample ?? row.sample
            rows[index].firstSeen = min(rows[index].firstSeen, row.firstSeen)
            rows[index].lastSeen = max(rows[index].lastSeen, row.lastSeen)
        }
        return rows.sorted { $0.count > $1.count }
    }
}

extension TimelinePoint {
    /// Seconds of several generators by the calendar's second. Percentiles are left out where several of them answered in it.
    static func joined(_ timelines: [[TimelinePoint]]) -> [TimelinePoint] {
        var points: [Int: TimelinePoint] = [:]
        for point in timelines.joined() {
            let second = Int(point.time.rounded())
            points[second] = points[second].map { $0.adding(point) } ?? point
        }
        return points.sorted { $0.key < $1.key }.map(\.value)
    }

    private func adding(_ other: TimelinePoint) -> TimelinePoint {
        var point = self
        let (own, others) = (Double(counts.succeeded), Double(other.counts.succeeded))
        point.users += other.users
        point.inFlight += other.inFlight
        point.counts = counts.adding(other.counts)
        if let rate, let more = other.rate { point.rate = rate + more }
        if let mean, let more = other.mean {
            point.mean = (mean * own + more * others) / (own + others)
            (point.p50, point.p95, point.p99) = (nil, nil, nil)
            point.percentiles = nil
        } else if mean == nil {
            (point.mean, point.p50, point.p95, point.p99) = (other.mean, other.p50, other.p95, other.p99)
        }
        point.minimum = [minimum, other.minimum].compactMap(\.self).min()
        point.maximum = [maximum, other.maximum].compactMap(\.self).max()
        if let bytesReceived { point.bytesReceived = bytesReceived + (other.bytesReceived ?? 0) }
        point.totalMedian = nil
        point.cpuPercent = cpuPercent ?? other.cpuPercent
        point.residentBytes = residentBytes ?? other.residentBytes
        point.generatorCpuPercent = [generatorCpuPercent, other.generatorCpuPercent].compactMap(\.self).max()
        point.lag = [lag, other.lag].compactMap(\.self).max()
        return point
    }
}
