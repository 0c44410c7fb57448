import Foundation

extension JobLedger {
    /// What time asks for.
    mutating func sweep(at time: JobClock.Reading) -> JobStoreSweep {
        var report = JobStoreSweep()
        report.expired = expire(at: time)
        takeBack(at: time, into: &report)
        report.removed = removeFinal(at: time)
        return report
    }

    private mutating func expire(at time: JobClock.Reading) -> Int {
        let late = line.ids.filter { jobs[$0]?.isExpired(at: time.date) == true }
        for id in late { end(id, as: .expired, at: time) }
        return late.count
    }

    private mutating func takeBack(at time: JobClock.Reading, into report: inout JobStoreSweep) {
        for id in running {
            guard let job = jobs[id], time.uptime - job.heard >= limits.claimSeconds else { continue }
            if job.attempts >= limits.attempts {
                end(id, as: .failed, because: .workerDied(times: job.attempts), at: time)
                report.parked += 1
            } else {
                requeue(id)
                report.reclaimed += 1
            }
        }
    }

    /// Lets final jobs go: those whose time is over, and of the others the oldest beyond the byte budget and beyond the number.
    private mutating func removeFinal(at time: JobClock.Reading) -> Int {
        let all = finals
        finals = []
        for id in all where isOver(id, at: time) { forget(id) }
        var rest = all.filter { jobs[$0] != nil }[...]
        while rest.count > JobStoreLimits.finalJobs { forget(rest.removeFirst()) }
        for id in rest where resultBytes > limits.resultBytes && jobs[id]?.result != nil { forget(id) }
        finals = rest.filter { jobs[$0] != nil }
        return all.count - finals.count
    }

    private func isOver(_ id: JobID, at time: JobClock.Reading) -> Bool {
        guard let finished = jobs[id]?.finished else { return true }
        return time.date.timeIntervalSince(finished) >= limits.resultSeconds
    }

    private mutating func forget(_ id: JobID) {
        guard let job = jobs.removeValue(forKey: id) else { return }
        resultBytes -= job.result?.bytes.count ?? 0
        if let key = job.submission.clientKey { keys[key] = nil }
    }
}
