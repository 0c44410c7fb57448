#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Uninitialised floats on large pages where the system has them.
///
/// Invariant behind `@unchecked Sendable`: the engine hands each region to one writer at a time (a run owns its workspace, a
/// thread its scratch) and weights are written before they are shared.
final class AlignedBuffer: @unchecked Sendable {
    let floats: UnsafeMutablePointer<Float>
    let count: Int

    private static let largePage = 2 << 20

    /// - Throws: ``EngineError/outOfMemory(bytes:)``.
    init(count: Int) throws(EngineError) {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        let alignment = bytes < Self.largePage ? 4096 : Self.largePage
        var raw: UnsafeMutableRawPointer?
        guard posix_memalign(&raw, alignment, bytes) == 0, let raw else { throw .outOfMemory(bytes: bytes) }
        #if os(Linux)
            // Winograd points lie kilobytes apart: with 4 KB pages their addresses alone overflow the translation cache. A rest
            // smaller than a large page keeps small ones, so that it costs no more memory than it holds.
            madvise(raw, bytes / Self.largePage * Self.largePage, Int32(MADV_HUGEPAGE))
        #endif
        floats = raw.bindMemory(to: Float.self, capacity: max(count, 1))
        self.count = count
    }

    deinit { free(floats) }
}
