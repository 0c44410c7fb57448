import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The inner loops of one instruction set. Chosen once, when the engine is made.
package struct KernelSet: @unchecked Sendable {
    // Invariant: points to a constant table that lives as long as the program.
    let table: UnsafePointer<sk_kernels>

    /// The instruction set: `avx512`, `avx2`, `sse2` or `neon`.
    package var name: String { String(cString: table.pointee.name) }

    /// Channels held in one vector register.
    package var lanes: Int { Int(table.pointee.lanes) }

    /// The kernels called `name`, if this processor runs them.
    package init?(named name: String) {
        guard let table = sk_kernels_named(name) else { return nil }
        self.table = table
    }

    /// The fastest kernels that this processor runs.
    package static var best: KernelSet { KernelSet(table: sk_kernels_best()) }

    /// The fastest, unless the environment variable `SAKUGA_ISA` names others (for tests and comparisons).
    /// - Throws: ``EngineError/unknownInstructionSet(_:)`` when that name is unknown or not for this processor.
    package static func selected() throws(EngineError) -> KernelSet {
        guard let forced = getenv("SAKUGA_ISA").map({ String(cString: $0) }), !forced.isEmpty else { return .best }
        guard let kernels = KernelSet(named: forced) else { throw .unknownInstructionSet(forced) }
        return kernels
    }

    /// Every kernel table that this processor runs, slowest first.
    package static var all: [KernelSet] {
        Array(
            sequence(state: Int32(0)) { index -> KernelSet? in
                defer { index += 1 }
                return sk_kernels_at(index).map(KernelSet.init(table:))
            }.reversed())
    }

    private init(table: UnsafePointer<sk_kernels>) { self.table = table }
}

/// The most multiply-accumulates a second that the kernels' instruction set does on one thread: the floor under every time.
package enum ArithmeticPeak {
    /// Multiply-accumulates a second on the calling thread, the best of several short bursts. Takes about 50 ms.
    package static func measure(_ kernels: KernelSet) -> Double {
        let table = kernels.table.pointee, rounds: Int64 = 400_000
        let products = Double(rounds) * 12 * Double(table.lanes), clock = ContinuousClock()
        return (0..<8).reduce(0) { best, _ in
            let start = clock.now
            // Subtracting the result from itself is zero, and tells the compiler that it is needed.
            let result = table.multiply_add(rounds), used = Double(result - result)
            return max(best, products / ((clock.now - start) / .seconds(1)) + used)
        }
    }
}
