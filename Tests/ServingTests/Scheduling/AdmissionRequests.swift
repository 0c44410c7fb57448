import Serving

/// The size for which the initial model predicts 1 core-second: (1 − 1.4 · 0.0125) / 1.4 megapixels.
let pixelsOfOneCoreSecond = 701_786

/// Pixels of the pictures in simulations, smallest first.
let pictureSizes = [256 * 256, 512 * 512, 1024 * 768]

/// The core-seconds that a simulated job really takes.
func trueCost(_ pixels: Int) -> Double { 0.02 + 1.36 * Double(pixels) / 1e6 }

/// A job of 1 core-second unless said otherwise.
func request(
    _ client: String = "someone", pixels: Int = pixelsOfOneCoreSecond, memory: Int = 1, bytes: Int = 1,
    jobClass: JobClass = .direct, maximumWait: Double? = nil, deadline: ContinuousClock.Instant? = nil
) -> AdmissionRequest {
    AdmissionRequest(
        cost: JobCost(pixels: pixels, memoryBytes: memory), encodedBytes: bytes,
        options: SchedulingOptions(client: client, jobClass: jobClass, maximumWait: maximumWait, deadline: deadline))
}

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
