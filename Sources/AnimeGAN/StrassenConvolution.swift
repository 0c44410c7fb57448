import CKernels

/// A 1×1 convolution by one level of Strassen's algorithm in Winograd's variant: seven products of half-size matrices in place of
/// eight. The pixels' matrix is halved into two rows of the picture, its channels and the outputs into their halves; a last
/// single row is multiplied plainly, half by half.
struct StrassenConvolution: Layer {
    let kernels: KernelSet
    /// `[8][panels][K/2][2L]`: B11, B21, B22, −T4, T1, T2, T3, and B12 for a last single row.
    let weights: AlignedBuffer

    init(_ tensor: Tensor, kernels: KernelSet) throws(EngineError) {
        self.kernels = kernels
        weights = try Self.pack(tensor, lanes: kernels.lanes)
    }

    var algorithm: String { "GEMM, Strassen" }

    func planned(input: ActivationShape, output: ActivationShape) -> any PlannedLayer {
        PlannedStrassenConvolution(layer: self, input: input, output: output)
    }

    /// The operands' halves must be whole panels and blocks.
    static func suits(_ tensor: Tensor, lanes: Int) -> Bool {
        tensor.shape[0] % (4 * lanes) == 0 && tensor.shape[1] % (2 * lanes) == 0
    }

    /// Sums of quarters of B (`[K][N]`, the transposed weights), once per model and so in double precision.
    private static func pack(_ tensor: Tensor, lanes: Int) throws(EngineError) -> AlignedBuffer {
        let outputs = tensor.shape[0] / 2, inputs = tensor.shape[1] / 2, panel = 2 * lanes, quarter = outputs * inputs
        let buffer = try AlignedBuffer(count: 8 * quarter)
        tensor.values.withUnsafeBufferPointer { values in
            for n in 0..<outputs {
                for k in 0..<inputs {
                    func b(_ row: Int, _ column: Int) -> Double {
                        Double(values[(n + column * outputs) * 2 * inputs + k + row * inputs])
                    }
                    let (b11, b12, b21, b22) = (b(0, 0), b(0, 1), b(1, 0), b(1, 1))
                    let t1 = b12 - b11, t2 = b22 - t1, t3 = b22 - b12, t4 = t2 - b21
                    let place = buffer.floats + (n / panel * inputs + k) * panel + n % panel
                    place[0] = Float(b11)
                    place[quarter] = Float(b21)
                    place[2 * quarter] = Float(b22)
                    place[3 * quarter] = Float(-t4)
                    place[4 * quarter] = Float(t1)
                    place[5 * quarter] = Float(t2)
                    place[6 * quarter] = Float(t3)
                    place[7 * quarter] = Float(b12)
                }
            }
        }
        return buffer
    }
}

struct PlannedStrassenConvolution: PlannedLayer {
    private let layer: StrassenConvolution
    private let inputChannels: Int
    private let output: ActivationShape
    private let columnCuts: Int

    /// Pixels of a row that a piece takes.
    private static let columnsPerPiece = 144
    /// Output panels that share the two temporaries, so that these stay in the first cache levels.
    private static let panelsAtOnce = 4

    init(layer: StrassenConvolution, input: ActivationShape, output: ActivationShape) {
        self.layer = layer
        inputChannels = input.channels
        self.output = output
        columnCuts = (output.width + Self.columnsPerPiece - 1) / Self.columnsPerPiece
    }

    var pieces: Int { (output.height + 1) / 2 * columnCuts }

    var multiplications: Int {
        let pairs = output.height / 2 * output.width * output.channels * inputChannels * 7 / 4
        return pairs + output.height % 2 * output.width * output.channels * inputChannels
    }

    private var widest: Int { (output.width + columnCuts - 1) / columnCuts }

    var scratchCount: Int {
        var cursor = ScratchCursor()
        _ = operands(count: widest, &cursor)
        return cursor.used
    }

    /// Offsets of A11, A12, A21, A22, S1, S2, S3, S4 and the two temporaries.
    private func operands(count: Int, _ cursor: inout ScratchCursor) -> [Int] {
        let quarter = inputChannels / 2 * count, temporary = Self.panelsAtOnce * 2 * layer.kernels.lanes * count
        return (0..<8).map { _ in cursor.take(quarter) } + (0..<2).map { _ in cursor.take(temporary) }
    }

    func run(_ piece: Piece) {
        let y = piece.index / columnCuts * 2, cut = piece.index % columnCuts
        let x = output.width * cut / columnCuts, count = output.width * (cut + 1) / columnCuts - x
        var cursor = ScratchCursor()
        let places = operands(count: count, &cursor).map { piece.scratch + $0 }
        let rows = min(2, output.height - y), panels = output.channels / 2 / (2 * layer.kernels.lanes)
        makeOperands(piece, y: y, rows: rows, x: x, count: count, places)
        for first in stride(from: 0, to: panels, by: Self.panelsAtOnce) {
            let group = first..<min(first + Self.panelsAtOnce, panels)
            let products = Products(planned: self, piece: piece, y: y, x: x, count: count, panels: group, places: places)
            if rows == 2 { products.multiply() } else { products.multiplySingleRow() }
        }
    }

    private func makeOperands(
        _ piece: Piece, y: Int, rows: Int, x: Int, count: Int, _ places: [UnsafeMutablePointer<Float>]
    ) {
        let table = layer.kernels.table.pointee, lanes = layer.kernels.lanes, half = inputChannels / 2 / lanes
        for block in 0..<2 * half {
            for row in 0..<rows {
                let pixels = places[row * 2 + block / half] + block % half * count * lanes
                table.band(piece.input, Int32(block), Int32(y + row), 1, Int32(x), Int32(count), pixels, 0, pixels)
                if let kept = piece.kept {
                    kept.pointer(block: block, y: y + row, x: x, lanes: lanes).update(from: pixels, count: count * lanes)
                }
            }
        }
        guard rows == 2 else { return }
        table.strassen_sums(
            Int64(inputChannels / 2 * count), places[0], places[1], places[2], places[3], places[4], places[5], places[6],
            places[7])
    }

    /// The products for some panels of the outputs' first and second half.
    private struct Products {
        let planned: PlannedStrassenConvolution
        let piece: Piece
        let y: Int
        let x: Int
        let count: Int
        let panels: Range<Int>
        let places: [UnsafeMutablePointer<Float>]

        /// Both rows: seven products.
        func multiply() {
            let t1 = places[8], t2 = places[9]
            let (a11, a12, a22, s1, s2, s3, s4) = (0, 1, 3, 4, 5, 6, 7)
            step(a11, 0, to: t1, stored: false)  // P1
            step(a12, 1, start: t1, to: out(0, 0), stored: true)  // C11 = P1 + P2
            step(s2, 5, start: t1, to: t1, stored: false)  // U2 = P1 + P6
            step(s3, 6, start: t1, to: t2, stored: false)  // U3 = U2 + P7
            step(a22, 3, start: t2, to: out(1, 0), stored: true)  // C21 = U3 − P4
            step(s1, 4, to: out(1, 1), stored: true, running: t1, addend: t2)  // C22 = U3 + P5, U4 = U2 + P5
            step(s4, 2, start: t1, to: out(0, 1), stored: true)  // C12 = U4 + P3
        }

        /// The first row alone: the four products of halves.
        func multiplySingleRow() {
            let t1 = places[8], (a11, a12) = (0, 1)
            step(a11, 0, to: t1, stored: false)
            step(a12, 1, start: t1, to: out(0, 0), stored: true)  // C11 = A11·B11 + A12·B21
            step(a11, 7, to: t1, stored: false)
            step(a12, 2, start: t1, to: out(0, 1), stored: true)  // C12 = A11·B12 + A12·B22
        }

        private func out(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
            let lanes = planned.layer.kernels.lanes, outputBlocks = planned.output.channels / 2 / lanes
            return piece.output.pointer(block: column * outputBlocks + panels.lowerBound * 2, y: y + row, x: x, lanes: lanes)
        }

        private func step(
            _ operand: Int, _ matrix: Int, start: UnsafeMutablePointer<Float>? = nil, to c: UnsafeMutablePointer<Float>,
            stored: Bool, running: UnsafeMutablePointer<Float>? = nil, addend: UnsafeMutablePointer<Float>? = nil
        ) {
            let lanes = planned.layer.kernels.lanes, half = planned.inputChannels / 2, outputs = planned.output.channels / 2
            let inner = Int64(count * lanes), outer = Int64(planned.output.width * lanes)
            var step = sk_strassen_step(
                a: places[operand], a_block_stride: inner, segments: Int32(half / lanes), rows: Int32(count),
                panels: Int32(panels.count),
                b: planned.layer.weights.floats + (matrix * outputs + panels.lowerBound * 2 * lanes) * half,
                start: start, start_block_stride: inner, c: c, c_block_stride: stored ? outer : inner, running: running,
                addend: addend, running_block_stride: inner, bypass_cache: stored && piece.bypassesCache,
                statistics: stored ? piece.statistics : nil)
            planned.layer.kernels.table.pointee.strassen_step(&step)
        }
    }
}
