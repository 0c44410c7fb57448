/// What a worker says of itself each time that it is asked.
package struct WorkerLoad: Sendable, Equatable, Codable {
    /// Whether its model is loaded and has made the golden picture.
    package var isReady = false
    /// Connections open.
    package var connections = 0
    /// Jobs running.
    package var running = 0
    /// Jobs waiting in its own lines.
    package var waiting = 0
    /// Compute threads.
    package var slots = 1
    /// Seconds until a picture of 512×512 that came now would be done.
    package var predictedWait = 0.0
    /// Seconds that such a picture takes by itself; nil before the first.
    package var serviceTime: Double?
    /// Processor time since its start, in seconds.
    package var cpuSeconds = 0.0
    /// Bytes of memory in use.
    package var residentBytes = 0
    /// Requests answered since its start.
    package var answers = 0
    /// Seconds since a running job made any progress; 0 while none runs.
    package var stalledSeconds = 0.0
    /// What it made of the golden photo; nil before it is ready.
    package var golden: GoldenPicture?

    /// Nothing known yet.
    package init() {}

    /// Seconds that work waits before it begins, as far as the worker can tell.
    package var queueing: Double { max(0, predictedWait - (serviceTime ?? predictedWait)) }
}
