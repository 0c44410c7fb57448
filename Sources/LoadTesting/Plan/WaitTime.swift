/// What a virtual user does between an answer and its next request.
package enum WaitTime: Sendable, Hashable, Codable {
    /// Nothing; it asks again at once.
    case none
    /// So many seconds.
    case constant(Double)
    /// A time between the two, any equally likely; in seconds.
    case between(Double, Double)
    /// As long as is left of so many seconds since its last request began; nothing if that took longer.
    case pacing(Double)

    /// The mean in seconds when requests take `latency` seconds.
    package func mean(latency: Double) -> Double {
        switch self {
        case .none: 0
        case .constant(let seconds): seconds
        case .between(let low, let high): (low + high) / 2
        case .pacing(let seconds): max(0, seconds - latency)
        }
    }

    /// As it is written on the command line: `none`, `2`, `1..3`, `pacing 5`.
    package var text: String {
        switch self {
        case .none: "none"
        case .constant(let seconds): "\(ShortNumber.text(seconds)) s"
        case .between(let low, let high): "\(ShortNumber.text(low))..\(ShortNumber.text(high)) s"
        case .pacing(let seconds): "pacing \(ShortNumber.text(seconds)) s"
        }
    }
}
