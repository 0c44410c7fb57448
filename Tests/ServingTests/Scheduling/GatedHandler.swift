import JobQueue
import Serving
import Synchronization

/// A handler whose jobs end when the test says so. A cancelled job continues to its end.
final class GatedHandler: JobHandler {
    private struct State {
        var running = 0
        var maximumRunning = 0
        var order: [Int] = []
        var urgent: [Int] = []
        var gates: [CheckedContinuation<Void, Never>] = []
        var isOpen = false
    }

    let styles: [StyleDescription] = []
    /// The number of each job that starts.
    let started: AsyncStream<Int>
    private let startedSource: AsyncStream<Int>.Continuation
    private let state = Mutex(State())

    init() {
        (started, startedSource) = AsyncStream.makeStream()
    }

    var maximumRunning: Int { state.withLock { $0.maximumRunning } }
    var order: [Int] { state.withLock { $0.order } }
    var urgent: [Int] { state.withLock { $0.urgent } }

    func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob { job(request.image.count) }

    /// A small job, identified by the size of its picture.
    func job(_ number: Int, cost: JobCost = smallCost) -> PreparedJob {
        PreparedJob(cost: cost, encodedBytes: number) { (isUrgent, progress) throws(JobError) in
            await self.run(number, isUrgent: isUrgent)
            progress(JobProgress(layer: 1, layers: 1))
            self.state.withLock { $0.running -= 1 }
            return JobResult(
                bytes: [UInt8](repeating: 0, count: number), mediaType: "image/jpeg", width: 1, height: 1,
                timings: [.init(name: "run", seconds: 0)])
        }
    }

    private func run(_ number: Int, isUrgent: Bool) async {
        await withCheckedContinuation { gate in
            let isOpen = state.withLock { state in
                state.running += 1
                state.maximumRunning = max(state.maximumRunning, state.running)
                state.order.append(number)
                if isUrgent { state.urgent.append(number) }
                if !state.isOpen { state.gates.append(gate) }
                return state.isOpen
            }
            startedSource.yield(number)
            if isOpen { gate.resume() }
        }
    }

    /// Lets the job that has run longest end.
    func releaseOne() {
        let gate = state.withLock { $0.gates.isEmpty ? nil : $0.gates.removeFirst() }
        gate?.resume()
    }

    /// Lets all jobs end, later ones at once.
    func releaseAll() {
        let gates = state.withLock { state in
            state.isOpen = true
            defer { state.gates = [] }
            return state.gates
        }
        for gate in gates { gate.resume() }
    }
}

/// The cost of the tests' jobs.
let smallCost = JobCost(pixels: 256 * 256, memoryBytes: 1)
