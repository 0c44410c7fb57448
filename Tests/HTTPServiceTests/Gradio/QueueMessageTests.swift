import Foundation
import HTTPService
import JobQueue
import Serving
import Testing

/// The messages for a job's reports.
@Suite struct QueueMessageTests {
    private func report(_ state: JobState, position: Int? = nil, layer: Int? = nil) -> JobReport {
        JobReport(
            status: JobStatus(
                id: JobID(), state: state, submitted: Date(timeIntervalSince1970: 0), position: position,
                progress: layer.map { JobProgress(layer: $0, layers: 30) }),
            secondsLeft: 1.5)
    }

    @Test func `ranks count from 0, and each change is a message`() {
        var mapper = QueueMessageMapper()
        #expect(
            mapper.messages(on: report(.queued, position: 3), queueSize: 7)
                == [.estimation(rank: 2, queueSize: 7, seconds: 1.5)])
        // The queue's size may be a second old, unlike the position.
        #expect(
            mapper.messages(on: report(.queued, position: 1), queueSize: 0)
                == [.estimation(rank: 0, queueSize: 1, seconds: 1.5)])
    }

    @Test func `a job starts once, and then progresses`() {
        var mapper = QueueMessageMapper()
        #expect(mapper.messages(on: report(.running), queueSize: 0) == [.starts(seconds: 1.5)])
        #expect(mapper.messages(on: report(.running, layer: 4), queueSize: 0) == [.progress(layer: 4, layers: 30)])
        #expect(mapper.messages(on: report(.done), queueSize: 0) == [])
    }

    @Test func `a job whose worker died starts again`() {
        var mapper = QueueMessageMapper()
        _ = mapper.messages(on: report(.running), queueSize: 0)
        _ = mapper.messages(on: report(.queued, position: 1), queueSize: 0)
        #expect(
            mapper.messages(on: report(.running, layer: 1), queueSize: 0)
                == [.starts(seconds: 1.5), .progress(layer: 1, layers: 30)])
    }
}
