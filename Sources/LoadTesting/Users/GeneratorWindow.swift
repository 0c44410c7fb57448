/// What happened since the last look, all event loops together.
package struct GeneratorWindow: Sendable {
    /// Every finished request since the last look.
    package var counts: WindowCounts
    /// Users there are now (closed model; those that still spawn are not in it).
    package var users = 0
    /// Requests that are out now.
    package var inFlight = 0
    /// Connections that are open now.
    package var connections = 0
    /// Requests that were cut when the generator was stopped; they are in no other count.
    package var abandoned = 0
}
