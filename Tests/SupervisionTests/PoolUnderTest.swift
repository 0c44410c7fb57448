import Supervision

/// A pool whose clock and workers a test moves.
struct PoolUnderTest {
    var controller: PoolController
    private(set) var now = 0.0
    /// Workers whose process was started, in order.
    private(set) var started: [WorkerOrder] = []
    private(set) var admitted: [Int] = []
    private(set) var drained: [Int] = []
    private(set) var killed: [Int] = []
    private(set) var notes: [String] = []
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
            case .note(let note): notes.append(note.text)
            case .end(let failure): ending = .some(failure)
            }
        }
    }

    /// Lets time pass, a tenth of a second a step; workers that serve keep answering unless they are in `silent`.
    mutating func pass(_ seconds: Double, silent: Set<Int> = [], load: (Int) -> WorkerLoad? = { _ in nil }) {
        let end = now + seconds
        while now < end - 1e-9 {
            now += 0.1
            for (id, worker) in controller.workers where worker.phase == .serving && !silent.contains(id) {
                perform(controller.heard(id, load(id) ?? worker.load, at: now))
            }
            perform(controller.tick(at: now))
        }
    }

    /// The worker gets ready.
    mutating func ready(_ id: Int, golden: GoldenPicture? = Self.golden) {
        controller.began(id, process: Int32(1_000 + id))
        var load = WorkerLoad()
        load.isReady = true
        load.golden = golden
        perform(controller.heard(id, load, at: now))
    }

    /// The worker's process ends.
    mutating func end(_ id: Int, _ how: String = "it was killed by signal 9", isOwnDoing: Bool = false) {
        perform(controller.ended(id, how, isOwnDoing: isOwnDoing, at: now))
    }

    /// All who are starting get ready, all who drain or were killed end, until nothing changes.
    mutating func settle(golden: GoldenPicture? = Self.golden) {
        for _ in 0..<1_000 {
            let before = controller.status(supervisor: 1, address: "", at: 0)
            for (id, worker) in controller.workers.sorted(by: { $0.key < $1.key }) {
                switch worker.phase {
                case .starting: ready(id, golden: golden)
                case .draining: end(id, "it ended by itself")
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

    /// The places of those that serve, with their generations.
    var serving: [Int: Int] {
        Dictionary(
            controller.workers.values.filter { $0.phase == .serving }.map { ($0.order.slot, $0.order.generation.number) },
            uniquingKeysWith: { first, _ in first })
    }
}
