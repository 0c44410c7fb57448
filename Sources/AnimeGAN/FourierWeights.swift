#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The weights' side of the 16×16 FFT convolution: conjugated spectra over 256, three reals a bin (see `fourier.inc.h`).
enum FourierWeights {
    /// Spectra of every 7×7 kernel of `tensor` (`[out][in][7][7]`), packed `[382 points][panels][in][2L]`.
    static func pack(_ tensor: Tensor, lanes: Int) throws(EngineError) -> AlignedBuffer {
        let out = tensor.shape[0], input = tensor.shape[1], panel = 2 * lanes
        let buffer = try AlignedBuffer(count: 382 * out * input)
        var points = [Float](repeating: 0, count: 382)
        tensor.values.withUnsafeBufferPointer { values in
            for o in 0..<out {
                for i in 0..<input {
                    spectrum(of: UnsafeBufferPointer(rebasing: values[(o * input + i) * 49..<(o * input + i + 1) * 49]), into: &points)
                    let place = buffer.floats + (o / panel * input + i) * panel + o % panel
                    for p in 0..<382 { place[p * out * input] = points[p] }
                }
            }
        }
        return buffer
    }

    private static let cosines = (0..<16).map { cos(2 * Double.pi * Double($0) / 16) / 256 }
    private static let sines = (0..<16).map { sin(2 * Double.pi * Double($0) / 16) / 256 }
    /// Row and column of each complex bin, in the kernels' order.
    private static let bins: [(row: Int, column: Int)] =
        (1...7).map { ($0, 0) } + (1...7).map { ($0, 8) } + (1...7).flatMap { column in (0..<16).map { ($0, column) } }

    private static func spectrum(of kernel: UnsafeBufferPointer<Float>, into points: inout [Float]) {
        // Along x first: 7 rows by the 9 columns that a real transform needs.
        var re = [Double](repeating: 0, count: 7 * 9), im = re
        for y in 0..<7 {
            for column in 0..<9 {
                for x in 0..<7 {
                    let turn = (column * x) & 15, value = Double(kernel[y * 7 + x])
                    re[y * 9 + column] += value * cosines[turn] * 256
                    im[y * 9 + column] -= value * sines[turn] * 256
                }
            }
        }
        func bin(_ row: Int, _ column: Int) -> (re: Double, im: Double) {
            var sumRe = 0.0, sumIm = 0.0
            for y in 0..<7 {
                let turn = (row * y) & 15, a = re[y * 9 + column], b = im[y * 9 + column]
                sumRe += a * cosines[turn] + b * sines[turn]
                sumIm += b * cosines[turn] - a * sines[turn]
            }
            return (sumRe, -sumIm)
        }
        for (index, place) in bins.enumerated() {
            let value = bin(place.row, place.column)
            points[3 * index] = Float(value.re)
            points[3 * index + 1] = Float(value.im - value.re)
            points[3 * index + 2] = Float(value.re + value.im)
        }
        points[378] = Float(bin(0, 0).re)
        points[379] = Float(bin(8, 0).re)
        points[380] = Float(bin(0, 8).re)
        points[381] = Float(bin(8, 8).re)
    }
}
