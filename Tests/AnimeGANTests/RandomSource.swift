import AnimeGAN

/// A seeded generator (SplitMix64), so that every failure can be repeated.
struct RandomSource: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in −1...1.
    mutating func value() -> Float { Float.random(in: -1...1, using: &self) }

    mutating func values(_ count: Int) -> [Float] { (0..<count).map { _ in value() } }
}

extension Weights {
    /// Random weights of the scale that training leaves: fan-in scaled convolutions, normalisations near one.
    static func random(seed: UInt64) throws -> Weights {
        var random = RandomSource(seed: seed)
        var tensors: [String: Tensor] = [:]
        for parameter in Architecture.parameters {
            let fanIn = Float(parameter.shape.dropFirst().reduce(1, *))
            let values = (0..<parameter.count).map { _ -> Float in
                if parameter.shape.count == 4 { return random.value() * (3 / fanIn).squareRoot() }
                return parameter.name.hasSuffix("bias") ? random.value() * 0.5 : 1 + random.value() * 0.4
            }
            tensors[parameter.name] = Tensor(shape: parameter.shape, values: values)
        }
        return try Weights(tensors)
    }
}
