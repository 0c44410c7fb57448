import Serving
import Synchronization

/// A handler whose jobs end when the test says so.
final class GatedHandler: JobHandler {
    private struct State {
        var running = 0
        var most = 0
        var order: [Int] = []
        var gates: [CheckedContinuation<Void, Never>] = []
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

    func run(_ request: JobRequest) async throws(JobError) -> JobResult {
        await withCheckedContinuation { gate in
            state.withLock { state in
                state.running += 1
                state.most = max(state.most, state.running)
                state.order.append(request.image.count)
                state.gates.append(gate)
            }
            startedSource.yield(request.image.count)
        }
        state.withLock { $0.running -= 1 }
        return JobResult(
            bytes: request.image, mediaType: "image/jpeg", width: 1, height: 1, timings: [.init(name: "run", seconds: 0)])
    }

    /// Lets the job that has run longest end.
    func releaseOne() {
        let gate = state.withLock { $0.gates.isEmpty ? nil : $0.gates.removeFirst() }
        gate?.resume()
    }
}

/// A request told apart by the size of its picture.
func job(_ number: Int) -> JobRequest {
    JobRequest(image: [UInt8](repeating: 0, count: number))
}
