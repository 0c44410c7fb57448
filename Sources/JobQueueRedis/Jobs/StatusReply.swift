import Foundation
import JobQueue

extension JobStatus {
    /// Reads what the scripts' `describe` says; nil when there is no such job.
    init?(_ reply: RedisReply, id: JobID) throws(JobStoreError) {
        let list = reply.list
        guard list.count == 8 else { return nil }
        guard let state = list[0].text.flatMap(JobState.init), let submitted = list[1].text.flatMap(Double.init) else {
            throw .damaged("a job in Redis has no readable state. Do all processes run the same version?")
        }
        var progress: JobProgress?
        if let json = list[4].bytes { progress = try JobFields.value(of: JobProgress.self, in: json) }
        var failure: JobError?
        if let json = list[5].bytes { failure = try JobFields.value(of: JobError.self, in: json) }
        self.init(
            id: id, state: state, submitted: Date(timeIntervalSinceReferenceDate: submitted),
            started: list[2].date, finished: list[3].date, position: list[7].integer,
            progress: progress, failure: failure, attempts: list[6].integer ?? 0)
    }
}

extension RedisReply {
    /// A time of Redis' clock: milliseconds since 1970.
    fileprivate var date: Date? { integer.map { Date(timeIntervalSince1970: Double($0) / 1_000) } }
}
