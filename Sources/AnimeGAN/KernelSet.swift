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

/// Why the engine can't do what it is asked.
package enum EngineError: Error, Equatable, CustomStringConvertible {
    case unknownInstructionSet(String)
    case tooSmall(height: Int, width: Int)
    case tooLarge(height: Int, width: Int, maximumPixels: Int)
    case wrongInput(expected: Int, found: Int)
    case outOfMemory(bytes: Int)

    package var description: String {
        switch self {
        case .unknownInstructionSet(let name):
            "SAKUGA_ISA=\(name) names no instruction set of this processor; it runs \(KernelSet.all.map(\.name).joined(separator: ", "))."
        case .tooSmall(let height, let width):
            "A picture of \(width)×\(height) pixels is too small; the generator needs at least "
                + "\(Architecture.minimumSide) on each side."
        case .tooLarge(let height, let width, let maximumPixels):
            "A picture of \(width)×\(height) pixels is too large; the limit is \(maximumPixels) pixels."
        case .wrongInput(let expected, let found):
            "The input holds \(found) values where its size asks for \(expected)."
        case .outOfMemory(let bytes):
            "The system has no \(bytes / 1_048_576) MB of memory left for this picture; send a smaller one or try again later."
        }
    }
}
