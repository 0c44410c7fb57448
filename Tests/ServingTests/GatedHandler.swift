import JobQueue
import Serving
import Synchronization

/// A handler whose jobs end when the test says so. A job that is cancelled goes on to its end all the same.
final class GatedHandler: JobHandler {
    private struct State {
        var running = 0
        var most = 0
        var order: [Int] = []
        var urgent: [Int] = []
        var gates: [CheckedContinuation<Void, Never>] = []
        var isOpen = false
    }

    let styles: [StyleDescription] = []
    let started: AsyncStream<Int>
    private let startedSource: AsyncStream<Int>.Continuation
    private let state = Mutex(State())

    init() {
        (started, startedSource) = AsyncStream.makeStream()
    }

    var mostAtOnce: Int { state.withLock { $0.most } }
    var order: [Int] { state.withLock { $0.order } }
    var urgent: [Int] { state.withLock { $0.urgent } }

    func cost(of request: JobRequest) async throws(JobError) -> JobCost { smallCost }

    func run(
        _ request: JobRequest, isUrgent: Bool, progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(JobError) -> JobResult {
        await withCheckedContinuation { gate in
            let isOpen = state.withLock { state in
                state.running += 1
                state.most = max(state.most, state.running)
                state.order.append(request.image.count)
                if isUrgent { state.urgent.append(request.image.count) }
                if !state.isOpen { state.gates.append(gate) }
                return state.isOpen
            }
            startedSource.yield(request.image.count)
            if isOpen { gate.resume() }
        }
        progress(JobProgress(layer: 1, layers: 1))
        state.withLock { $0.running -= 1 }
        return JobResult(
            bytes: request.image, mediaType: "image/jpeg", width: 1, height: 1, timings: [.init(name: "run", seconds: 0)])
    }

    /// Lets the job that has run longest end.
    func releaseOne() {
        let gate = state.withLock { $0.gates.isEmpty ? nil : $0.gates.removeFirst() }
        gate?.resume()
    }

    /// Lets all jobs end, those of the future at once.
    func releaseAll() {
        let gates = state.withLock { state in
            state.isOpen = true
            defer { state.gates = [] }
            return state.gates
        }
        for gate in gates { gate.resume() }
    }
}

/// A request told apart by the size of its picture.
func job(_ number: Int) -> JobRequest {
    JobRequest(image: [UInt8](repeating: 0, count: number))
}

/// What the tests' jobs are said to take.
let smallCost = JobCost(pixels: 256 * 256, memoryBytes: 1)

extension Scheduler {
    /// Runs a small job of a client.
    func run(
        _ request: JobRequest, client: String = "someone", line: JobTerms.Line = .direct
    ) async throws(JobError) -> SchedulerOutcome {
        try await run(request, cost: smallCost, terms: JobTerms(client: client, line: line))
    }
}
