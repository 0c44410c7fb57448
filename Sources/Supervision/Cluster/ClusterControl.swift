import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts and stops a cluster from the command line, through its supervisor's process.
package enum ClusterControl {
    /// Starts the supervisor's process and waits until the cluster is ready. When this throws, nothing of the cluster is left.
    /// - Parameter command: the supervisor's program and its arguments.
    /// - Returns: notes for the user.
    package static func up(
        _ plan: ClusterPlan, folder: ClusterFolder, supervisor command: [String]
    ) async throws(ClusterError) -> [String] {
        if !plan.problems.isEmpty { throw .plan(plan.problems) }
        if folder.hasSupervisor { throw .running(folder: folder.path) }
        let leftovers = folder.processes
        if !leftovers.isEmpty { throw .leftovers(folder: folder.path, count: leftovers.count) }
        let hadQueue = folder.hasQueue
        try folder.make()
        try folder.write(plan)
        try folder.write(.starting)
        let process = try start(command, log: folder.log(ClusterFolder.supervisor))
        let clock = ContinuousClock(), end = clock.now + upTimeout
        while clock.now < end {
            switch folder.phase {
            case .ready(let notes): return notes
            case .failed(let reason):
                await untilEnded(process)
                folder.remove(keepingQueue: hadQueue)
                throw .notReady(
                    name: "The cluster", how: "was not started: " + (reason.hasSuffix(".") ? String(reason.dropLast()) : reason),
                    log: [])
            default: break
            }
            guard process.isRunning else {
                let log = folder.endOfLog(of: ClusterFolder.supervisor)
                folder.remove(keepingQueue: hadQueue)
                throw .notReady(name: "The cluster's supervisor", how: "exited with code \(process.terminationStatus)", log: log)
            }
            try? await Task.sleep(for: .milliseconds(30))
        }
        process.terminate()
        throw .notReady(
            name: "The cluster", how: "was not ready within \(upTimeout.components.seconds) seconds",
            log: folder.endOfLog(of: ClusterFolder.supervisor))
    }

    /// Longer than the supervisor takes to start three kinds of processes, or to stop them.
    private static let upTimeout = Duration.seconds(400)

    private static func start(_ command: [String], log: String) throws(ClusterError) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600])
        do {
            let file = try FileHandle(forWritingTo: URL(filePath: log))
            process.standardOutput = file
            process.standardError = file
            try process.run()
        } catch { throw .notStarted(name: command[0], reason: error.localizedDescription) }
        return process
    }

    private static func untilEnded(_ process: Process) async {
        let end = ContinuousClock.now + upTimeout
        while process.isRunning, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
    }

    /// Stops the cluster, with or without a living supervisor, and removes its folder. Jobs that wait in its Redis stay on the disk.
    /// - Returns: the number of jobs that the next `up` takes over.
    package static func down(_ folder: ClusterFolder) async throws(ClusterError) -> Int {
        let plan = try? folder.plan(), processes = folder.processes
        guard folder.hasSupervisor || !processes.isEmpty else {
            // Files that a killed cluster has left.
            if plan != nil { folder.remove(keepingQueue: folder.hasQueue) }
            throw .none(folder: folder.path)
        }
        let waiting = await waitingJobs(plan)
        if folder.hasSupervisor, let record = processes[ClusterFolder.supervisor] {
            record.send(SIGTERM)
            await until(within: upTimeout) { !folder.hasSupervisor }
        }
        try await stopProcesses(of: folder)
        if let plan { try? ControlGroup(name: ControlGroup.name(port: plan.port)).remove() }
        folder.remove(keepingQueue: waiting > 0)
        return waiting
    }

    /// Stops the processes that are left without their supervisor: SIGTERM, then SIGKILL.
    private static func stopProcesses(of folder: ClusterFolder) async throws(ClusterError) {
        for (signal, time) in [(SIGTERM, Duration.seconds(30)), (SIGKILL, .seconds(10))] {
            let left = folder.processes
            if left.isEmpty { return }
            for record in left.values { record.send(signal) }
            await until(within: time) { left.values.allSatisfy { !$0.isRunning } }
        }
        let left = folder.processes
        if !left.isEmpty { throw .survivors(left.map { "\($0.key) (\($0.value.pid))" }.sorted()) }
    }

    /// The queued and running jobs of the shared queue, by an instance's metrics; 0 without Redis, where no job outlives the cluster.
    private static func waitingJobs(_ plan: ClusterPlan?) async -> Int {
        guard let plan, plan.hasRedis else { return 0 }
        for number in 1...plan.instances {
            guard let metrics = await HealthProbe.get("/metrics", of: plan.instance(number), seconds: 2) else { continue }
            let jobs = ["sakuga_queue_jobs", "sakuga_queue_running_jobs"].compactMap { ClusterReport.value($0, metrics.body) }
            return Int(jobs.reduce(0, +))
        }
        // No instance answers: assume that there are jobs.
        return 1
    }

    private static func until(within limit: Duration, _ condition: () -> Bool) async {
        let end = ContinuousClock.now + limit
        while !condition(), ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(30)) }
    }
}
