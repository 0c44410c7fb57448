import GoldenPictures
import Supervision

/// A pool whose clock and workers a test controls.
struct PoolUnderTest {
    var controller: PoolController
    private(set) var now = 0.0
    /// Workers whose process was started, in order.
    private(set) var started: [WorkerSpecification] = []
    private(set) var admitted: [Int] = []
    private(set) var drained: [Int] = []
    private(set) var killed: [Int] = []
    private(set) var log: [String] = []
    private(set) var ending: String??

    static let golden = GoldenPicture(
        style: "painted", revision: "a", pixels: (0..<300).map { UInt8($0 % 200) })

    init(_ count: String, cores: Int = 4, _ change: (inout PoolSettings) -> Void = { _ in }) {
        var settings = PoolSettings(count: WorkerCount(count)!, cores: cores)
        change(&settings)
        controller = PoolController(settings: settings, generation: Generation(number: 1, binary: "/old"), seed: 1)
    }

    mutating func perform(_ actions: [PoolAction]) {
        for action in actions {
            switch action {
            case .start(let order): started.append(order)
            case .admit(let id): admitted.append(id)
            case .drain(let id): drained.append(id)
            case .kill(let id): killed.append(id)
            case .log(let message): log.append(message.text)
            case .end(let failure): ending = .some(failure)
            }
        }
    }

    /// Advances the time in steps of a tenth of a second. Serving workers report unless they are in `silent`.
    mutating func pass(_ seconds: Double, silent: Set<Int> = [], load: (Int) -> WorkerLoad? = { _ in nil }) {
        let end = now + seconds
        while now < end - 1e-9 {
            now += 0.1
            for (id, worker) in controller.workers where worker.phase == .serving && !silent.contains(id) {
                perform(controller.reported(id, load(id) ?? worker.load, at: now))
            }
            perform(controller.tick(at: now))
        }
    }

    /// A worker becomes ready.
    mutating func ready(_ id: Int, golden: GoldenPicture? = Self.golden) {
        controller.started(id, process: Int32(1_000 + id))
        var load = WorkerLoad()
        load.isReady = true
        load.golden = golden
        perform(controller.reported(id, load, at: now))
    }

    /// A worker's process ends.
    mutating func end(_ id: Int, _ reason: String = "it was killed by signal 9", isFailure: Bool = false) {
        perform(controller.ended(id, reason, isFailure: isFailure, at: now))
    }

    /// Starting workers become ready, draining and killed ones end, until nothing changes.
    mutating func settle(golden: GoldenPicture? = Self.golden) {
        for _ in 0..<1_000 {
            let before = controller.status(supervisor: 1, address: "", at: 0)
            for (id, worker) in controller.workers.sorted(by: { $0.key < $1.key }) {
                switch worker.phase {
                case .starting: ready(id, golden: golden)
                case .draining: end(id, "it exited")
                case .killed: end(id)
                case .serving: break
                }
            }
            pass(1.2)
            var after = controller.status(supervisor: 1, address: "", at: 0)
            after.workers.indices.forEach { after.workers[$0].seconds = 0 }
            var earlier = before
            earlier.workers.indices.forEach { earlier.workers[$0].seconds = 0 }
            if earlier == after { return }
        }
    }

    /// The generations of the serving workers by slot.
    var serving: [Int: Int] {
        Dictionary(
            controller.workers.values.filter { $0.phase == .serving }.map { ($0.slot, $0.generation.number) },
            uniquingKeysWith: { first, _ in first })
    }
}
