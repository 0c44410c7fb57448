/// The samples of a bilinear resize along one axis: output i mixes sources `index[i]` and `index[i] + 1`.
struct AxisInterpolation: Sendable {
    let index: [Int32]
    /// Weight of the second source.
    let weight: [Float]

    /// Follows PyTorch's arithmetic in single precision (`area_pixel_compute_scale` and `_source_index`, UpSample.h),
    /// with the output size given and no scale factor.
    init(from source: Int, to target: Int, convention: BilinearConvention) {
        var index: [Int32] = [], weight: [Float] = []
        let scale: Float =
            switch convention {
            case .alignCorners: target > 1 ? Float(source - 1) / Float(target - 1) : 0
            case .halfPixel: Float(source) / Float(target)
            }
        for i in 0..<target {
            let position: Float =
                switch convention {
                case .alignCorners: scale * Float(i)
                case .halfPixel: max(0, scale * (Float(i) + 0.5) - 0.5)
                }
            // The last source has no right neighbour: all weight goes to it from its left one's pair.
            let left = min(Int(position), source - 2)
            index.append(Int32(left))
            weight.append(min(1, position - Float(left)))
        }
        self.index = index
        self.weight = weight
    }
}

/// A bilinear resize of a picture.
struct Interpolation: Sendable {
    let rows: AxisInterpolation
    let columns: AxisInterpolation

    init(fromHeight: Int, fromWidth: Int, toHeight: Int, toWidth: Int, convention: BilinearConvention) {
        rows = AxisInterpolation(from: fromHeight, to: toHeight, convention: convention)
        columns = AxisInterpolation(from: fromWidth, to: toWidth, convention: convention)
    }
}
