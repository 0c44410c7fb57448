import Foundation

/// A cluster at one moment, as `sakuga cluster status` shows it.
package struct ClusterReport: Sendable, Codable {
    /// One process.
    package struct Line: Sendable, Codable {
        /// `nginx`, `redis`, `instance-1` and so on.
        package var name: String
        /// `ready`, `running` (alive but not ready) or `down`.
        package var state: String
        /// The process; nil while it is down.
        package var pid: Int32?
        /// The address that it listens on.
        package var address: String
        /// Processor time in seconds since its start.
        package var cpuSeconds: Double?
        /// Resident memory in bytes.
        package var memory: Int?
        /// Jobs that run; instances only.
        package var running: Int?
        /// Jobs that wait; instances only.
        package var waiting: Int?
        /// Seconds until a picture of 512×512 that arrived now would be done; instances only.
        package var predictedWait: Double?
    }

    /// `starting`, `ready`, `stopping`, `failed`, or `unkept` when the supervisor has died.
    package var state: String
    /// The URL for clients.
    package var entrance: String
    /// Notes for the user, such as that there are no limits.
    package var notes: [String]
    /// The processes, nginx first.
    package var lines: [Line]

    /// Probes every process; takes two seconds at most.
    package init(_ folder: ClusterFolder) async throws(ClusterError) {
        let plan = try folder.plan(), processes = folder.processes
        guard folder.hasSupervisor || !processes.isEmpty else { throw .none(folder: folder.path) }
        entrance =
            "\(plan.tls == nil ? "http" : "https")://"
            + (plan.tls == nil ? plan.entrance : ClusterAddress(host: plan.host, port: plan.port + 1_000)).description
        notes = []
        switch folder.phase {
        case _ where !folder.hasSupervisor: state = "unkept"
        case .ready(let written): (state, notes) = ("ready", written)
        case .stopping: state = "stopping"
        case .failed: state = "failed"
        default: state = "starting"
        }
        var members: [(String, ClusterMember.Kind, ClusterAddress, ClusterAddress)] = []
        if plan.hasNginx { members.append(("nginx", .nginx, plan.nginxStatus, plan.entrance)) }
        if plan.hasRedis { members.append(("redis", .redis, plan.redis, plan.redis)) }
        members += (1...plan.instances).map { ("instance-\($0)", .instance, plan.instance($0), plan.instance($0)) }
        lines = await withTaskGroup(of: (Int, Line).self) { group in
            for (index, member) in members.enumerated() {
                group.addTask {
                    let probe = ClusterMember(
                        name: member.0, kind: member.1, executable: "", arguments: [], address: member.2)
                    return (index, await Self.line(probe, shown: member.3, processes[member.0]))
                }
            }
            var found: [(Int, Line)] = []
            for await line in group { found.append(line) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func line(_ member: ClusterMember, shown: ClusterAddress, _ record: ProcessRecord?) async -> Line {
        var line = Line(name: member.name, state: "down", pid: record?.pid, address: shown.description)
        guard let record else { return line }
        line.state = await member.isReady(seconds: 1) ? "ready" : "running"
        (line.cpuSeconds, line.memory) = figures(record.pid)
        guard member.kind == .instance, let metrics = await HealthProbe.get("/metrics", of: member.address, seconds: 1),
            metrics.status == 200
        else { return line }
        line.running = value("sakuga_running_jobs", metrics.body).map { Int($0) }
        line.waiting = value("sakuga_waiting_jobs", metrics.body).map { Int($0) }
        line.predictedWait = value("sakuga_predicted_wait_seconds", metrics.body)
        return line
    }

    /// The value of a metric without labels in Prometheus' text format.
    static func value(_ name: String, _ text: String) -> Double? {
        text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + " ") }.flatMap {
            Double($0.dropFirst(name.count + 1))
        }
    }

    private static func figures(_ pid: Int32) -> (Double?, Int?) {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")")
        else { return (nil, nil) }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]), let pages = Int(fields[21])
        else { return (nil, nil) }
        return ((user + system) / 100, pages * 4096)
    }

    /// The report as a table, for a terminal.
    package var table: String {
        var rows = [["", "state", "pid", "address", "cpu s", "memory", "running", "waiting", "wait"]]
        for line in lines {
            rows.append([
                line.name, line.state, line.pid.map { "\($0)" } ?? "-", line.address,
                line.cpuSeconds.map { String(format: "%.1f", $0) } ?? "-", line.memory.map { "\($0 / 1_000_000) MB" } ?? "-",
                line.running.map { "\($0)" } ?? "", line.waiting.map { "\($0)" } ?? "",
                line.predictedWait.map { String(format: "%.2f s", $0) } ?? "",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let body = rows.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        return ([heading] + body + notes).joined(separator: "\n")
    }

    private var heading: String {
        switch state {
        case "unkept": "The supervisor has died: processes that end are not restarted. Run `sakuga cluster down`, then `up`."
        case "ready": "Ready at \(entrance)"
        default: "The cluster is \(state)."
        }
    }
}
