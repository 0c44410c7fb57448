/// Weights of layers that multiply without a transform, packed as the GEMM reads them.
enum DirectWeights {
    /// `[out][in][k][k]` to `[panels][in/L][k·k][L][2L]`: the order in which a convolution's offset table walks a band.
    static func pack(_ tensor: Tensor, lanes: Int) throws(EngineError) -> AlignedBuffer {
        let out = tensor.shape[0], input = tensor.shape[1], taps = tensor.shape[2] * tensor.shape[3], panel = 2 * lanes
        let buffer = try AlignedBuffer(count: tensor.values.count)
        for o in 0..<out {
            for i in 0..<input {
                for tap in 0..<taps {
                    let depth = ((i / lanes) * taps + tap) * lanes + i % lanes
                    buffer.floats[(o / panel * input * taps + depth) * panel + o % panel] =
                        tensor.values[(o * input + i) * taps + tap]
                }
            }
        }
        return buffer
    }

    /// The first layer's `[32][3][7][7]` to `[panels][7 rows][7 columns × RGB][2L]`.
    static func packRGB(_ tensor: Tensor, lanes: Int) throws(EngineError) -> AlignedBuffer {
        let out = tensor.shape[0], panel = 2 * lanes
        let buffer = try AlignedBuffer(count: tensor.values.count)
        for o in 0..<out {
            for channel in 0..<3 {
                for y in 0..<7 {
                    for x in 0..<7 {
                        let depth = y * 21 + x * 3 + channel
                        buffer.floats[(o / panel * 147 + depth) * panel + o % panel] =
                            tensor.values[((o * 3 + channel) * 7 + y) * 7 + x]
                    }
                }
            }
        }
        return buffer
    }

    /// Depthwise `[channels][1][3][3]` to `[channels/L][9][L]`.
    static func packDepthwise(_ tensor: Tensor, lanes: Int) throws(EngineError) -> AlignedBuffer {
        let buffer = try AlignedBuffer(count: tensor.values.count)
        for channel in 0..<tensor.shape[0] {
            for tap in 0..<9 {
                buffer.floats[(channel / lanes * 9 + tap) * lanes + channel % lanes] = tensor.values[channel * 9 + tap]
            }
        }
        return buffer
    }

    /// Values as they stand.
    static func copy(_ tensor: Tensor) throws(EngineError) -> AlignedBuffer {
        let buffer = try AlignedBuffer(count: tensor.values.count)
        for (index, value) in tensor.values.enumerated() { buffer.floats[index] = value }
        return buffer
    }
}
