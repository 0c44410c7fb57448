import CKernels

/// The extents of one stored activation.
struct ActivationShape: Sendable, Equatable {
    let channels: Int
    let height: Int
    let width: Int

    /// Floats.
    var count: Int { channels * height * width }
}

/// A stored activation: `[height][channels/L][width][L]` floats in a run's arena.
struct Activation {
    let shape: ActivationShape
    let floats: UnsafeMutablePointer<Float>

    /// Floats between rows.
    var rowStride: Int { shape.channels * shape.width }

    /// Where channel block `block` of row `y` starts, at column `x`.
    func pointer(block: Int, y: Int, x: Int, lanes: Int) -> UnsafeMutablePointer<Float> {
        floats + y * rowStride + (block * shape.width + x) * lanes
    }
}

/// Sum and sum of squares of a whole activation.
struct Moments: Sendable {
    var sum = 0.0
    var squares = 0.0
}
