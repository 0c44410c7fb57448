import Synchronization
import Telemetry

extension PrometheusRegistry {
    /// The sample lines of the metric `name`, without comments.
    func lines(of name: String) -> [String] {
        exposition().split(separator: "\n").map(String.init).filter { line in
            guard line.hasPrefix(name) else { return false }
            let rest = line.dropFirst(name.count)
            return ["{", " ", "_bucket", "_sum", "_count"].contains { rest.hasPrefix($0) }
        }
    }
}

/// Returns 1, 2, 3, and so on.
final class CallCounter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
