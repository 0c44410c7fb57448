/// Random numbers that are the same for the same seed on every machine (SplitMix64), so that a run can be repeated.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence of a seed.
    package init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// A number from 0 up to but not including 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// An exponentially distributed number with mean 1: a gap of a Poisson process.
    package mutating func exponential() -> Double { -log1p(-unit()) }
}

#if canImport(Glibc)
    import func Glibc.log1p
#elseif canImport(Musl)
    import func Musl.log1p
#elseif canImport(Darwin)
    import func Darwin.log1p
#endif
