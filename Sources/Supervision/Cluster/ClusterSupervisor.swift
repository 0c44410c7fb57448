import Foundation
package import Logging
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts a cluster's processes in order, restarts those that die or hang, and stops all of them when it is asked to.
///
/// When the supervisor itself is killed, the cluster's processes go on without it; `sakuga cluster down` stops them by their pid files.
package actor ClusterSupervisor: Service {
    /// How long a process may take to become ready, and how long to finish.
    static let startTimeout = Duration.seconds(120)
    static let stopTimeout = Duration.seconds(120)
    /// How long a process may stay silent before it is killed.
    static let hangTimeout = Duration.seconds(8)

    let plan: ClusterPlan
    let folder: ClusterFolder
    let logger: Logger
    private let path: String?
    /// The process that started this one. When it goes away before the cluster is ready, the start is abandoned.
    private let starter: Int32
    private var limits: ControlGroup?
    private var notes: [String] = []
    /// How processes ended while the cluster was starting, by member.
    var failures: [String: String] = [:]
    var isReady = false
    var isStopping = false
    var records: [String: ProcessRecord] = [:]
    /// Instances that died and are not ready again. nginx sends them no requests: an instance that starts accepts connections before it can
    /// serve them.
    var excluded: Set<Int> = []
    /// Since when an instance has not been ready.
    var unreadySince: [String: ContinuousClock.Instant] = [:]

    /// - Parameter path: where to look for programs, as in `PATH`.
    package init(plan: ClusterPlan, folder: ClusterFolder, path: String?, logger: Logger) {
        self.plan = plan
        self.folder = folder
        self.path = path
        self.logger = logger
        starter = getppid()
    }

    /// Runs the cluster until a graceful shutdown. No process is left when it returns or throws; the folder's phase says how it ended.
    package func run() async throws {
        do {
            try folder.write(.starting)
            let members = try await prepare()
            await withTaskGroup(of: Void.self) { tasks in
                await startAndWatch(members, &tasks)
                await stop(members)
            }
            limits?.remove()
        } catch {
            failures["cluster"] = "\(error)"
        }
        if let failure = failures["cluster"] {
            try? folder.write(.failed(failure))
            throw ClusterFailure(description: failure)
        }
    }

    private func startAndWatch(_ members: [ClusterMember], _ tasks: inout TaskGroup<Void>) async {
        do throws(ClusterError) {
            for kind in [ClusterMember.Kind.redis, .instance, .nginx] {
                let ofKind = members.filter { $0.kind == kind }
                for member in ofKind { tasks.addTask { await self.keepRunning(member) } }
                for member in ofKind { try await untilReady(member) }
            }
            isReady = true
            try folder.write(.ready(notes: notes))
            logger.info("ready", metadata: ["entrance": "\(plan.entrance)"])
        } catch {
            failures["cluster"] = "\(error)"
            return
        }
        await watch(members)
    }

    // MARK: Preparation

    /// Finds whatever would make the start fail before it starts anything.
    private func prepare() async throws -> [ClusterMember] {
        if !plan.problems.isEmpty { throw ClusterError.plan(plan.problems) }
        let redis = plan.hasRedis ? try ClusterProgram.redis.find(path: path) : nil
        let nginx = plan.hasNginx ? try ClusterProgram.nginx.find(path: path) : nil
        try checkAddresses()
        var generator = SystemRandomNumberGenerator()
        let password = (0..<2).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
        var members: [ClusterMember] = []
        if let redis {
            members.append(plan.redisMember(program: redis, folder: folder))
            try write(plan.redisConfiguration(password: password, folder: folder), to: folder.redis + "/redis.conf")
        }
        members += (1...plan.instances).map { plan.instanceMember($0, redisPassword: password) }
        if let nginx {
            let member = plan.nginxMember(program: nginx, folder: folder)
            try NginxConfiguration(plan, environment: ProcessInfo.processInfo.environment).write(to: folder.nginx, tls: plan.tls)
            let check = await ClusterProcess.output(of: nginx, ["-t"] + member.arguments)
            if !check.isSuccess { throw ClusterError.nginxConfiguration(check.text) }
            members.append(member)
        }
        makeLimits()
        return members
    }

    private func checkAddresses() throws(ClusterError) {
        for (name, address) in plan.addresses {
            guard let code = address.bindError else { continue }
            // An instance behind nginx may have an address in another network namespace.
            if code == EADDRNOTAVAIL, name.hasPrefix("instance"), !plan.instanceHosts.isEmpty { continue }
            if code == EADDRINUSE { throw .portTaken(name: name, address: address.description) }
            throw .unusableAddress(name: name, address: address.description, reason: String(cString: strerror(code)))
        }
    }

    private func makeLimits() {
        do throws(ControlGroup.Unavailable) {
            let group = try ControlGroup(name: ControlGroup.name(port: plan.port))
            for number in 1...plan.instances {
                do {
                    try group.add("instance-\(number)", cores: plan.cores, memory: plan.memory)
                } catch { throw ControlGroup.Unavailable(description: error.localizedDescription) }
            }
            limits = group
        } catch {
            notes.append(
                "No control groups (\(error)): the instances themselves keep to --cores \(plan.cores) and to their memory limit.")
        }
    }

    private func write(_ text: String, to file: String) throws(ClusterError) {
        let isWritten = FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        if !isWritten { throw .file(path: file, action: "written", reason: String(cString: strerror(errno))) }
    }

    // MARK: Processes

    /// Waits until a started process is ready, or throws why it will not be.
    private func untilReady(_ member: ClusterMember) async throws(ClusterError) {
        let clock = ContinuousClock(), end = clock.now + Self.startTimeout
        while true {
            if let how = failures[member.name] {
                throw .notReady(name: member.name, how: how, log: folder.endOfLog(of: member.name))
            }
            if getppid() != starter || Task.isShuttingDownGracefully { throw .abandoned }
            if records[member.name] != nil, await member.isReady() { return }
            guard clock.now < end else {
                throw .notReady(
                    name: member.name, how: "was not ready within \(Self.startTimeout.components.seconds) seconds",
                    log: folder.endOfLog(of: member.name))
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Records a process and puts it under its limits.
    func started(_ member: ClusterMember, pid: Int32) {
        guard let record = ProcessRecord(pid: pid) else { return }
        records[member.name] = record
        try? folder.write(record, of: member.name)
        // It was being started while the others were asked to stop, and would not be asked again.
        if isStopping { return record.send(SIGKILL) }
        guard member.kind == .instance, let limits else { return }
        do {
            try limits.move(pid, to: member.name)
        } catch { logger.warning("no limits", metadata: ["process": "\(member.name)", "why": "\(error)"]) }
    }

    /// Forgets a process that has ended.
    func ended(_ member: ClusterMember) {
        records[member.name] = nil
        try? folder.write(nil, of: member.name)
    }
}
