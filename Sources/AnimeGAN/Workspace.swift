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

/// Workspaces between runs. Keeps a few, so that a run allocates nothing, and gives large ones back to the system.
final class WorkspaceStore: Sendable {
    private let idle = Locked<[Workspace]>([])
    /// Floats that idle workspaces may hold together: two of 512×512.
    private static let idleCount = 72 << 20

    /// The smallest idle workspace that fits, or a new one.
    func take(_ plan: ExecutionPlan, lanes: Int) throws(EngineError) -> Workspace {
        let found = idle.withLock { idle -> Workspace? in
            let fitting = idle.indices.filter { idle[$0].fits(plan, lanes: lanes) }
            if let best = fitting.min(by: { idle[$0].arena.count < idle[$1].arena.count }) { return idle.remove(at: best) }
            // None fits: make room before the new one is allocated, so that sizes in turn do not pile up.
            if !idle.isEmpty { idle.removeFirst() }
            return nil
        }
        if let found { return found }
        return try Workspace(plan: plan, lanes: lanes)
    }

    func giveBack(_ workspace: Workspace) {
        idle.withLock { idle in
            let held = idle.reduce(0) { $0 + $1.arena.count }
            if held + workspace.arena.count <= Self.idleCount { idle.append(workspace) }
        }
    }
}
