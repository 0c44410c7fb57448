/// What one process has taken up to a moment. What the system does not tell is nil.
package struct ProcessReading: Sendable, Equatable {
    /// Of the process and of children that have ended and were waited for, in seconds.
    package var cpuSeconds: Double
    /// Bytes of memory in use.
    package var residentBytes: Int?
    /// Threads.
    package var threads: Int?
    /// Open descriptors.
    package var descriptors: Int?
    /// When it was started, in the system's own unit: another process that got the same number has another.
    package var startedAt: UInt64

    /// A reading.
    package init(
        cpuSeconds: Double, residentBytes: Int? = nil, threads: Int? = nil, descriptors: Int? = nil, startedAt: UInt64 = 0
    ) {
        self.cpuSeconds = cpuSeconds
        self.residentBytes = residentBytes
        self.threads = threads
        self.descriptors = descriptors
        self.startedAt = startedAt
    }
}

/// How to look at the machine's processes.
package protocol ProcessTable: Sendable {
    /// One process; nil when there is none of this number.
    func reading(of pid: Int) -> ProcessReading?
    /// Its direct children.
    func children(of pid: Int) -> [Int]
    /// Cores that it may use; nil when the system does not tell.
    func cores(of pid: Int) -> Int?
}
