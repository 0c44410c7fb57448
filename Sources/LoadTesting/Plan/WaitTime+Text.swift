package import LoadGeneration

extension WaitTime {
    /// As it is written on the command line and in scenarios: `none`, `2s`, `1..3s`, `pacing 5s`.
    package var text: String {
        switch self {
        case .none: "none"
        case .constant(let seconds): "\(ShortNumber.text(seconds))s"
        case .between(let low, let high): "\(ShortNumber.text(low))..\(ShortNumber.text(high))s"
        case .pacing(let seconds): "pacing \(ShortNumber.text(seconds))s"
        }
    }
}
