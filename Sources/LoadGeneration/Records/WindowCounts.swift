package import LatencyHistograms

/// What happened to one of the plan's requests in a window.
package struct RequestCounts: Sendable {
    /// Responses that passed every check.
    package var succeeded = 0
    /// Requests that the target queued (202).
    package var queued = 0
    /// Service times of the successful requests: from the actual start to the end.
    package var service = LatencyHistogram()
    /// From the intended start to the end, of those that succeeded; empty where the load has no schedule.
    package var response = LatencyHistogram()
    /// From the actual start to the end, of those that were queued or failed: a rejection within a millisecond is not a fast response.
    package var otherService = LatencyHistogram()
    /// Those that failed, by cause.
    package var failures = FailureTable()
    /// Bytes of all requests.
    package var bytesSent = 0
    /// Bytes of all responses.
    package var bytesReceived = 0

    /// Makes counts of nothing.
    package init() {}

    /// How many failed.
    package var failed: Int { failures.count }
    /// How many ended, however.
    package var ended: Int { succeeded + queued + failed }

    /// Counts one request; `sample` is a failure's detail, evaluated only when its cause is new.
    package mutating func add(_ record: RequestRecord, sample: () -> String? = { nil }) {
        bytesSent += record.bytesSent
        bytesReceived += record.bytesReceived
        switch record.outcome {
        case .succeeded:
            succeeded += 1
            service.record(record.serviceMicroseconds)
            if let response = record.responseMicroseconds { self.response.record(response) }
        case .queued:
            queued += 1
            otherService.record(record.serviceMicroseconds)
        case .failed(let cause):
            failures.add(cause, at: record.end, sample: sample)
            otherService.record(record.serviceMicroseconds)
        }
    }

    /// Adds all that `other` has.
    package mutating func merge(_ other: RequestCounts) {
        succeeded += other.succeeded
        queued += other.queued
        service.merge(other.service)
        response.merge(other.response)
        otherService.merge(other.otherService)
        failures.merge(other.failures)
        bytesSent += other.bytesSent
        bytesReceived += other.bytesReceived
    }
}

/// What an event loop has counted since its last `take`: counts and histograms, never a list of samples. Windows of several event
/// loops, ticks or machines with the same labels are joined with `merge`.
package struct WindowCounts: Sendable {
    /// The plan's requests; `RequestRecord.request` is an index of it.
    package let labels: [RequestLabel]
    /// One for each label.
    package private(set) var requests: [RequestCounts]
    /// Requests that began (a start in one window may end in the next).
    package var started = 0
    /// Scheduled starts that were dropped because too many requests were in flight.
    package var droppedStarts = 0
    /// The most requests that were in flight at once, summed over event loops.
    package var peakInFlight = 0

    /// Makes a window in which nothing has happened.
    package init(labels: [RequestLabel]) {
        self.labels = labels
        requests = Array(repeating: RequestCounts(), count: labels.count)
    }

    /// Counts a request that has ended. Takes no lock: it is called by the one event loop that this window belongs to.
    package mutating func record(_ record: RequestRecord, sample: () -> String? = { nil }) {
        requests[record.request].add(record, sample: sample)
    }

    /// Adds all that `other`, a window with the same labels, has.
    package mutating func merge(_ other: WindowCounts) {
        precondition(labels == other.labels, "windows of different plans cannot be joined")
        for index in requests.indices { requests[index].merge(other.requests[index]) }
        started += other.started
        droppedStarts += other.droppedStarts
        peakInFlight = max(peakInFlight, other.peakInFlight)
    }

    /// Returns what was counted and starts over.
    package mutating func take() -> WindowCounts {
        defer { self = WindowCounts(labels: labels) }
        return self
    }

    /// All requests together.
    package var sum: RequestCounts {
        requests.reduce(into: RequestCounts()) { $0.merge($1) }
    }
}
