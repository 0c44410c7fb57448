import BlockingThreads
import CKernels

/// AnimeGANv2's generator: a picture in, an anime picture of the same size out. Float32, inference only.
///
/// Weights are packed once, when it is made. Any number of runs may go on at once, on one pool or several; the same picture gives the
/// same result, bit for bit, whatever the number of threads.
public final class Generator: Sendable {
    private let network: Network
    private let convention: BilinearConvention
    private let plans = Monitor<PlanCache>(PlanCache())

    /// The fewest pixels that a side of a picture may have.
    public static let minimumSide = Architecture.minimumSide

    /// The most pixels (width times height) that a picture may have.
    public static let maximumPixels = 1 << 24

    /// Packs `weights` for the fastest instruction set of this processor, or the one that the environment variable `SAKUGA_ISA` names
    /// (`avx512`, `avx2`, `sse2`, `neon`). Takes some tenths of a second and blocks.
    /// - Throws: ``EngineError/unknownInstructionSet(_:)``, ``EngineError/outOfMemory(bytes:)``.
    public convenience init(weights: Weights, convention: BilinearConvention) throws(EngineError) {
        try self.init(weights: weights, convention: convention, kernels: KernelSet.selected())
    }

    /// Packs `weights` for `kernels`.
    /// - Throws: ``EngineError/outOfMemory(bytes:)``.
    package init(weights: Weights, convention: BilinearConvention, kernels: KernelSet) throws(EngineError) {
        network = try Network(weights, kernels: kernels)
        self.convention = convention
    }

    /// Runs on an 8-bit RGB picture on the threads of `pool`, after the runs that were asked for before.
    /// - Parameters:
    ///   - rgb: `[height][width][3]`: rows from the top, three bytes a pixel. Byte b stands for b/127.5 − 1.
    ///   - width: pixels a row, at least ``minimumSide``.
    ///   - height: rows, at least ``minimumSide``.
    /// - Returns: a picture of the same size and layout.
    /// - Throws: ``EngineError``; `CancellationError` when the task is cancelled, at the latest one layer later.
    public func run(rgb: [UInt8], width: Int, height: Int, on pool: ComputePool) async throws -> [UInt8] {
        try await pool.run { [self] team in try run(rgb: rgb, width: width, height: height, team: team) }
    }

    /// Runs on floats, the network and nothing else, on the threads of `pool`, after the runs that were asked for before.
    /// - Parameters:
    ///   - planar: `[3][height][width]`: red, green and blue planes of values in −1...1.
    ///   - width: pixels a row, at least ``minimumSide``.
    ///   - height: rows, at least ``minimumSide``.
    /// - Returns: planes of the same size, values in −1...1.
    /// - Throws: ``EngineError``; `CancellationError` when the task is cancelled, at the latest one layer later.
    public func run(planar: [Float], width: Int, height: Int, on pool: ComputePool) async throws -> [Float] {
        try await pool.run { [self] team in try run(planar: planar, width: width, height: height, team: team) }
    }

    /// The kernels in use.
    package var kernels: KernelSet { network.kernels }

    /// How often a run calls `onLayer`.
    package var layerCount: Int { network.steps.count + 1 }

    /// The plan for a size, made at its first use.
    /// - Throws: ``EngineError`` when a side is under 16 pixels or the area over ``maximumPixels``.
    package func plan(height: Int, width: Int) throws(EngineError) -> ExecutionPlan {
        guard min(height, width) >= Architecture.minimumSide else { throw .tooSmall(height: height, width: width) }
        guard height <= Self.maximumPixels / width else {
            throw .tooLarge(height: height, width: width, maximumPixels: Self.maximumPixels)
        }
        return plans.withLock { plans in
            plans.plan(height: height, width: width) {
                ExecutionPlan(network: network, convention: convention, height: height, width: width)
            }
        }
    }

    /// Runs on 8-bit RGB, interleaved, `height·width·3` bytes in and out. Bytes b stand for b/127.5 − 1.
    /// - Throws: ``EngineError``, or `CancellationError` between two layers.
    package func run(
        rgb: [UInt8], width: Int, height: Int, team: ComputeTeam, onLayer: ((LayerTiming) -> Void)? = nil
    ) throws -> [UInt8] {
        let plan = try plan(height: height, width: width), count = height * width * 3
        guard rgb.count == count else { throw EngineError.wrongInput(expected: count, found: rgb.count) }
        return try [UInt8](unsafeUninitializedCapacity: count) { output, initialised in
            guard let out = output.baseAddress else { return }
            try rgb.withUnsafeBufferPointer { rgb in
                try run(
                    plan, team, onLayer,
                    read: { y, row in for i in 0..<width * 3 { row[i] = Float(rgb[y * width * 3 + i]) / 127.5 - 1 } },
                    write: { y, x, count, planes in
                        let place = out + (y * width + x) * 3
                        for i in 0..<count {
                            for channel in 0..<3 { place[i * 3 + channel] = Self.byte(planes[channel][i]) }
                        }
                    })
            }
            initialised = count
        }
    }

    /// Runs on floats in [−1, 1], planar `[3][height][width]` in and out: the network and nothing else.
    /// - Throws: ``EngineError``, or `CancellationError` between two layers.
    package func run(
        planar: [Float], width: Int, height: Int, team: ComputeTeam, onLayer: ((LayerTiming) -> Void)? = nil,
        onActivation: ((String, [Float]) -> Void)? = nil
    ) throws -> [Float] {
        let plan = try plan(height: height, width: width), area = height * width
        guard planar.count == 3 * area else { throw EngineError.wrongInput(expected: 3 * area, found: planar.count) }
        return try [Float](unsafeUninitializedCapacity: 3 * area) { output, initialised in
            guard let out = output.baseAddress else { return }
            try planar.withUnsafeBufferPointer { planar in
                try run(
                    plan, team, onLayer, onActivation,
                    read: { y, row in
                        for x in 0..<width { for c in 0..<3 { row[x * 3 + c] = planar[c * area + y * width + x] } }
                    },
                    write: { y, x, count, planes in
                        for c in 0..<3 { (out + c * area + y * width + x).update(from: planes[c], count: count) }
                    })
            }
            initialised = 3 * area
        }
    }

    /// [−1, 1] to 0...255, rounded. (`rounded()` would be a call into the C library for every sample.)
    private static func byte(_ value: Float) -> UInt8 { UInt8(max(0, min(255, value * 127.5 + 127.5)) + 0.5) }

    private func run(
        _ plan: ExecutionPlan, _ team: ComputeTeam, _ onLayer: ((LayerTiming) -> Void)?,
        _ onActivation: ((String, [Float]) -> Void)? = nil,
        read: (Int, UnsafeMutablePointer<Float>) -> Void,
        write: (Int, Int, Int, [UnsafeMutablePointer<Float>]) -> Void
    ) throws {
        let workspace = try team.workspaces.take(plan, lanes: network.kernels.lanes)
        defer { team.workspaces.release(workspace) }
        let run = GeneratorRun(network: network, plan: plan, workspace: workspace, team: team)
        try run.readPicture(read)
        for index in plan.steps.indices {
            try team.checkpoint()
            let clock = ContinuousClock(), start = clock.now
            try run.step(index)
            onLayer?(run.timing(of: index, clock.now - start))
            if let onActivation { onActivation(network.steps[index].name, run.activated(index)) }
        }
        try team.checkpoint()
        let clock = ContinuousClock(), start = clock.now
        try run.writePicture(write)
        onLayer?(run.outputTiming(clock.now - start))
    }
}

/// What one layer took.
package struct LayerTiming: Sendable {
    /// The checkpoint's name of the layer.
    package let name: String
    /// The algorithm's name.
    package let algorithm: String
    /// Wall-clock time.
    package let seconds: Double
    /// Multiply-accumulates of the plain convolution.
    package let directMultiplications: Int
    /// Multiplications that the algorithm executes.
    package let executedMultiplications: Int
}

/// The plans of the sizes used last.
private struct PlanCache: Sendable {
    private var plans: [ExecutionPlan] = []
    private static let capacity = 32

    mutating func plan(height: Int, width: Int, make: () -> ExecutionPlan) -> ExecutionPlan {
        if let index = plans.firstIndex(where: { $0.height == height && $0.width == width }) {
            plans.append(plans.remove(at: index))
        } else {
            if plans.count == Self.capacity { plans.removeFirst() }
            plans.append(make())
        }
        return plans[plans.count - 1]
    }
}
