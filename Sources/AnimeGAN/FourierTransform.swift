#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The weights' side of the 16×16 FFT convolution.
enum FourierTransform {
    /// Row and column of each complex bin, in the kernels' order (`fourier.inc.h`).
    private static let bins: [(row: Int, column: Int)] =
        (1...7).map { ($0, 0) } + (1...7).map { ($0, 8) } + (1...7).flatMap { column in (0..<16).map { ($0, column) } }

    /// The conjugated spectrum of a 7×7 kernel over 256, three reals a complex bin, as a matrix over its 49 taps: `[382][49]`.
    /// With W = a + ib the three are a, b − a and a + b.
    static let weights: [[Double]] = bins.flatMap(complexBin) + [(0, 0), (8, 0), (0, 8), (8, 8)].map(realBin)

    private static func complexBin(_ row: Int, _ column: Int) -> [[Double]] {
        let re = (0..<49).map { real(row, column, tap: $0) }
        let im = (0..<49).map { imaginary(row, column, tap: $0) }
        return [re, zip(im, re).map { $0 - $1 }, zip(re, im).map { $0 + $1 }]
    }

    private static func realBin(_ row: Int, _ column: Int) -> [Double] { (0..<49).map { real(row, column, tap: $0) } }

    private static func angle(_ row: Int, _ column: Int, _ tap: Int) -> Double {
        2 * Double.pi * Double((row * (tap / 7) + column * (tap % 7)) & 15) / 16
    }

    private static func real(_ row: Int, _ column: Int, tap: Int) -> Double { cos(angle(row, column, tap)) / 256 }

    private static func imaginary(_ row: Int, _ column: Int, tap: Int) -> Double { sin(angle(row, column, tap)) / 256 }
}
