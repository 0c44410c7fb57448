import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the command line does with a cluster from outside: starts its keeper, waits, stops it.
package enum ClusterControl {
    /// Starts a keeper with `command` (a program and its arguments) for the plan, and waits until the cluster is ready.
    /// - Returns: what has to be said about it. When this throws, nothing is left of it.
    package static func up(
        _ plan: ClusterPlan, folder: ClusterFolder, keeper command: [String]
    ) async throws(ClusterError) -> [String] {
        if !plan.complaints.isEmpty { throw .plan(plan.complaints) }
        if folder.hasKeeper { throw .running(folder: folder.path) }
        let leftovers = folder.processes
        if !leftovers.isEmpty { throw .leftovers(folder: folder.path, count: leftovers.count) }
        let hadQueue = folder.hasQueue
        try folder.make()
        try folder.write(plan)
        try folder.write(.starting)
        let process = try start(command, log: folder.log("keeper"))
        let clock = ContinuousClock(), end = clock.now + .seconds(400)
        while clock.now < end {
            switch folder.phase {
            case .ready(let notes): return notes
            case .failed(let reason):
                await ended(process)
                folder.remove(keepingQueue: hadQueue)
                throw .notReady(name: "The cluster", how: "was not started: \(reason)".trimmingSuffix("."), log: [])
            default: break
            }
            guard process.isRunning else {
                let log = folder.lastWords(of: "keeper")
                folder.remove(keepingQueue: hadQueue)
                throw .notReady(name: "The cluster's keeper", how: "ended with code \(process.terminationStatus)", log: log)
            }
            try? await Task.sleep(for: .milliseconds(30))
        }
        process.terminate()
        throw .notReady(name: "The cluster", how: "was not ready within 400 seconds", log: folder.lastWords(of: "keeper"))
    }

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

    private static func ended(_ process: Process) async {
        let end = ContinuousClock.now + .seconds(400)
        while process.isRunning, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
    }

    /// Stops the cluster, also one whose keeper has died, and removes its folder; jobs that wait in its Redis stay on the disk.
    /// - Returns: how many jobs wait there for the next `up`.
    package static func down(_ folder: ClusterFolder) async throws(ClusterError) -> Int {
        let plan = try? folder.plan(), processes = folder.processes
        guard folder.hasKeeper || !processes.isEmpty else {
            // Files of one that was killed: nothing runs, so they can go.
            if plan != nil { folder.remove(keepingQueue: folder.hasQueue) }
            throw .none(folder: folder.path)
        }
        let waiting = await waitingJobs(plan)
        if folder.hasKeeper, let record = processes["keeper"] {
            record.send(SIGTERM)
            await until(within: .seconds(400)) { !folder.hasKeeper }
        }
        try await stopRest(folder)
        if let plan { try? ControlGroup(name: "sakuga-cluster-\(plan.port)").remove() }
        folder.remove(keepingQueue: waiting > 0)
        return waiting
    }

    /// The processes that are left when the keeper is gone: asked, then killed.
    private static func stopRest(_ folder: ClusterFolder) async throws(ClusterError) {
        for (signal, time) in [(SIGTERM, Duration.seconds(30)), (SIGKILL, .seconds(10))] {
            let left = folder.processes
            if left.isEmpty { return }
            for record in left.values { record.send(signal) }
            await until(within: time) { left.values.allSatisfy { !$0.isRunning } }
        }
        let left = folder.processes
        if !left.isEmpty { throw .survivors(left.map { "\($0.key) (\($0.value.pid))" }.sorted()) }
    }

    /// Jobs in the shared queue, queued or running, as an instance says; 0 where they can't outlive the cluster.
    private static func waitingJobs(_ plan: ClusterPlan?) async -> Int {
        guard let plan, plan.hasRedis else { return 0 }
        for number in 1...plan.instances {
            guard let metrics = await LocalRequest.get("/metrics", of: plan.instance(number), seconds: 2) else { continue }
            let jobs = ["sakuga_queue_jobs", "sakuga_queue_running_jobs"].compactMap { ClusterReport.value($0, metrics.body) }
            return Int(jobs.reduce(0, +))
        }
        // Nobody to ask: what may be there is kept.
        return 1
    }

    private static func until(within limit: Duration, _ condition: () -> Bool) async {
        let end = ContinuousClock.now + limit
        while !condition(), ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(30)) }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
