/// What one process has taken up to a moment. What the system does not tell is nil.
struct ProcessReading: Sendable, Equatable {
    /// Of the process and of children that have ended and were waited for, in seconds.
    var cpuSeconds: Double
    var residentBytes: Int?
    var threads: Int?
    var descriptors: Int?
    /// When it was started, in the system's own unit: another process that got the same number has another.
    var startedAt: UInt64
}

/// How to look at the machine's processes.
protocol ProcessTable: Sendable {
    /// One process; nil when there is none of this number.
    func reading(of pid: Int) -> ProcessReading?
    /// Its direct children.
    func children(of pid: Int) -> [Int]
    /// Cores that it may use; nil when the system does not tell.
    func cores(of pid: Int) -> Int?
}
