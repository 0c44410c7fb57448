/// The resource use of a process and all of its descendants.
package struct ProcessTreeWatch: Sendable {
    /// The most processes that are counted.
    static let maximumProcesses = 1_000

    private let pid: Int
    private let table: any ProcessTable
    private let startedAt: UInt64
    private var last: (time: Double, cpuSeconds: Double)

    /// Takes the first reading. Nil when there is no such process.
    package init?(pid: Int, table: any ProcessTable = SystemProcesses(), now: Double) {
        guard let root = table.reading(of: pid) else { return nil }
        self.pid = pid
        self.table = table
        startedAt = root.startedAt
        last = (now, Self.tree(from: pid, in: table).reduce(0) { $0 + $1.cpuSeconds })
    }

    /// The resource use; CPU since the last reading. `now` in seconds of any clock. Nil when the process has ended.
    package mutating func look(now: Double) -> TargetFigures? {
        guard table.reading(of: pid)?.startedAt == startedAt else { return nil }
        let readings = Self.tree(from: pid, in: table)
        let cpuSeconds = readings.reduce(0) { $0 + $1.cpuSeconds }
        var figures = TargetFigures()
        // Less than before: a child ended that was not waited for, and its time with it.
        if now > last.time { figures.cpuPercent = max(0, cpuSeconds - last.cpuSeconds) / (now - last.time) * 100 }
        figures.residentBytes = Self.sum(readings.map(\.residentBytes))
        figures.threads = Self.sum(readings.map(\.threads))
        figures.descriptors = Self.sum(readings.map(\.descriptors))
        figures.processes = readings.count
        figures.cores = table.cores(of: pid)
        last = (now, cpuSeconds)
        return figures
    }

    /// The process and its living descendants.
    private static func tree(from pid: Int, in table: any ProcessTable) -> [ProcessReading] {
        var readings: [ProcessReading] = [], seen: Set<Int> = [], rest = [pid]
        while let next = rest.popLast(), seen.count < maximumProcesses {
            guard seen.insert(next).inserted, let reading = table.reading(of: next) else { continue }
            readings.append(reading)
            rest += table.children(of: next)
        }
        return readings
    }

    /// Nil when all are unknown.
    private static func sum(_ values: [Int?]) -> Int? {
        let known = values.compactMap { $0 }
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}

/// The resource use of one process so far. Unknown values are nil.
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

/// The machine's processes.
package protocol ProcessTable: Sendable {
    /// One process; nil when there is none of this number.
    func reading(of pid: Int) -> ProcessReading?
    /// Its direct children.
    func children(of pid: Int) -> [Int]
    /// The cores that it may use; nil when unknown.
    func cores(of pid: Int) -> Int?
}
