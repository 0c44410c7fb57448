import BlockingThreads

/// The memory of one run: the arena for activations, the normalisations found so far, and the pieces' partial statistics.
///
/// Invariant behind `@unchecked Sendable`: belongs to one run at a time (``WorkspaceStore`` lends it to one).
final class Workspace: @unchecked Sendable {
    static let mostChannels = 512

    let arena: AlignedBuffer
    /// Per step `[2][512]`: scale and shift of the normalisation after it.
    private let normalisations: AlignedBuffer
    /// `[pieces][2L]`, doubles in a buffer of floats.
    private let partials: AlignedBuffer
    let pacing: ReadPacing
    private let mostPieces: Int

    init(plan: ExecutionPlan, lanes: Int) throws(EngineError) {
        arena = try AlignedBuffer(count: plan.arenaCount)
        normalisations = try AlignedBuffer(count: plan.steps.count * 2 * Self.mostChannels)
        partials = try AlignedBuffer(count: Self.partialsCount(plan, lanes))
        pacing = ReadPacing(mostPieces: plan.mostPieces)
        mostPieces = plan.mostPieces
    }

    /// Bytes of the arena, beside which the rest is little.
    var bytes: Int { arena.count * MemoryLayout<Float>.stride }

    func fits(_ plan: ExecutionPlan, lanes: Int) -> Bool {
        arena.count >= plan.arenaCount && mostPieces >= plan.mostPieces && partials.count >= Self.partialsCount(plan, lanes)
    }

    private static func partialsCount(_ plan: ExecutionPlan, _ lanes: Int) -> Int { plan.mostPieces * 2 * lanes * 2 }

    func scale(after step: Int) -> UnsafeMutablePointer<Float> { normalisations.floats + step * 2 * Self.mostChannels }

    func shift(after step: Int) -> UnsafeMutablePointer<Float> { scale(after: step) + Self.mostChannels }

    func statistics(pieces: Int, lanes: Int) -> UnsafeMutablePointer<Double> {
        let doubles = UnsafeMutableRawPointer(partials.floats).bindMemory(to: Double.self, capacity: pieces * 2 * lanes)
        doubles.update(repeating: 0, count: pieces * 2 * lanes)
        return doubles
    }
}

/// Workspaces between runs, shared by all generators on a pool, so that most runs allocate nothing. Those in use and the idle ones
/// together stay within a number of bytes as long as those in use do: idle ones are given up for what is newly allocated.
final class WorkspaceStore: Sendable {
    private struct Contents {
        /// Used longest ago first.
        var idle: [Workspace] = []
        var lentBytes = 0

        var idleBytes: Int { idle.reduce(0) { $0 + $1.bytes } }
    }

    private let contents = Monitor(Contents())
    private let limit: Int

    /// - Parameter limit: bytes of arenas, in use and idle.
    init(limit: Int) {
        self.limit = limit
    }

    /// The smallest idle workspace that fits without wasting much, or a new one.
    func take(_ plan: ExecutionPlan, lanes: Int) throws(EngineError) -> Workspace {
        let bytes = plan.arenaCount * MemoryLayout<Float>.stride
        let found = contents.withLock { contents in
            let found = Self.takeIdle(&contents.idle, plan, lanes)
            // Room is made before the new one is allocated, so that sizes in turn do not pile up.
            while found == nil, !contents.idle.isEmpty, contents.lentBytes + contents.idleBytes + bytes > limit {
                contents.idle.removeFirst()
            }
            contents.lentBytes += found?.bytes ?? bytes
            return found
        }
        if let found { return found }
        do throws(EngineError) {
            return try Workspace(plan: plan, lanes: lanes)
        } catch {
            contents.withLock { $0.lentBytes -= bytes }
            throw error
        }
    }

    func release(_ workspace: Workspace) {
        contents.withLock { contents in
            contents.lentBytes -= workspace.bytes
            if contents.lentBytes + contents.idleBytes + workspace.bytes <= limit { contents.idle.append(workspace) }
        }
    }

    /// One that is much too large would take more memory than its run is reckoned with.
    private static func takeIdle(_ idle: inout [Workspace], _ plan: ExecutionPlan, _ lanes: Int) -> Workspace? {
        let fitting = idle.indices.filter { idle[$0].fits(plan, lanes: lanes) && idle[$0].arena.count <= plan.arenaCount * 5 / 4 }
        return fitting.min { idle[$0].arena.count < idle[$1].arena.count }.map { idle.remove(at: $0) }
    }
}
