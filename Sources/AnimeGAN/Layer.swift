import CKernels

/// A layer's weights, packed for one instruction set by one algorithm.
protocol Layer: Sendable {
    /// The field's name of the algorithm, for reports.
    var algorithm: String { get }

    /// Cuts the layer for one shape of output.
    func planned(input: ActivationShape, output: ActivationShape) -> any PlannedLayer
}

/// A layer cut into pieces for one shape; each piece is run by one thread.
protocol PlannedLayer: Sendable {
    var pieces: Int { get }
    /// Floats of working memory that a piece needs.
    var scratchCount: Int { get }
    /// Multiplications that the algorithm executes for the whole layer: the numerator of the arithmetic floor.
    var multiplications: Int { get }
    /// How the layer walks down the picture, if each of its pieces reads all of its input before it stores anything.
    var strips: Strips? { get }

    func run(_ piece: Piece)
}

extension PlannedLayer {
    var strips: Strips? { nil }
}

/// Pieces that go down the picture in strips, each reading its own rows and a few around them.
struct Strips: Sendable {
    /// The most rows of output in a strip.
    let rows: Int
    /// Rows above and below that it also reads.
    let halo: Int
}

/// What one piece of a layer works on.
struct Piece {
    let index: Int
    let input: UnsafePointer<sk_source>
    let output: Activation
    /// Where the made input is also to be stored (an inverted residual block's input is needed again at its end).
    let kept: Activation?
    let scratch: UnsafeMutablePointer<Float>
    /// Whether the output is too large to be found in a cache later, and is stored past them.
    let bypassesCache: Bool
    /// Where the output lies over the input: what the piece reports to and waits for.
    let pacing: ReadPacing?
    /// 2L doubles, zero at the start.
    let statistics: UnsafeMutablePointer<Double>
}

/// Hands out consecutive regions of a scratch area, each on a cache line of its own and staggered, so that regions of a power of
/// two apart do not fall into the same cache sets.
struct ScratchCursor {
    private(set) var used = 0

    mutating func take(_ count: Int) -> Int {
        defer { used += (count + 15) / 16 * 16 + 32 }
        return used
    }
}
