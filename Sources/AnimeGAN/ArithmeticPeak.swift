import CKernels

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
