/// How a picture of any size becomes one of the size that the generator shall see.
///
/// Whatever is asked, no side of the result is shorter than ``ImageLimits/minimumSide``.
public enum Fit: Sendable, Equatable {
    /// The longer side becomes `side` pixels and the other follows. A smaller picture keeps its size: enlarging it would
    /// cost time and show nothing new. A side that comes out shorter than 16 pixels is raised to 16 by itself.
    case contain(_ side: Int)
    /// The largest square in the centre, scaled up or down to `side` × `side`, as torch.hub's `face2paint` does.
    case cover(_ side: Int)
    /// Stretched to `width` × `height`.
    case exact(width: Int, height: Int)

    /// The size that the picture with this head comes out with.
    /// - Throws: ``ImagingError/badSize(_:minimum:maximum:)`` when a side that was asked for is out of range.
    package func size(of header: ImageHeader, limits: ImageLimits) throws(ImagingError) -> (width: Int, height: Int) {
        try check(limits)
        return size(ofWidth: header.width, height: header.height)
    }

    /// The size that a picture of `width` × `height` pixels (upright) comes out with.
    func size(ofWidth width: Int, height: Int) -> (width: Int, height: Int) {
        switch self {
        case .cover(let side): return (side, side)
        case .exact(let width, let height): return (width, height)
        case .contain(let side):
            let scale = min(1, Double(side) / Double(max(width, height)))
            func scaled(_ length: Int) -> Int {
                max(ImageLimits.minimumSide, Int((Double(length) * scale).rounded()))
            }
            return (scaled(width), scaled(height))
        }
    }

    /// What to cut from a picture of `width` × `height` pixels, before scaling.
    func source(ofWidth width: Int, height: Int) -> (left: Int, top: Int, width: Int, height: Int) {
        guard case .cover = self else { return (0, 0, width, height) }
        let side = min(width, height)
        return ((width - side) / 2, (height - side) / 2, side, side)
    }

    /// - Throws: ``ImagingError/badSize(_:minimum:maximum:)`` when a side that was asked for is out of range.
    func check(_ limits: ImageLimits) throws(ImagingError) {
        let sides =
            switch self {
            case .contain(let side), .cover(let side): [side]
            case .exact(let width, let height): [width, height]
            }
        for side in sides where !(ImageLimits.minimumSide...max(ImageLimits.minimumSide, limits.maximumSide)).contains(side) {
            throw .badSize(side, minimum: ImageLimits.minimumSide, maximum: limits.maximumSide)
        }
    }
}
