/// What kind of metric a name stands for.
package enum MetricKind: String, Sendable {
    /// It only rises.
    case counter
    /// It goes up and down.
    case gauge
    /// Values by buckets.
    case histogram
}
