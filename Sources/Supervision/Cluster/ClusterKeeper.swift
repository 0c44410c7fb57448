import Foundation
package import Logging
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts a cluster's processes in their order, starts again those that die or fall silent, and stops all when it is asked to.
///
/// It is the one process between them; when it is killed they go on without it, and `sakuga cluster down` stops them by their pid files.
package actor ClusterKeeper: Service {
    /// How long a process may take to become ready, and how long to finish.
    static let patience = Duration.seconds(120)
    /// A process that is alive and says nothing for so long is killed.
    static let silence = Duration.seconds(8)

    let plan: ClusterPlan
    let folder: ClusterFolder
    let logger: Logger
    private let path: String?
    /// The process that started this one; when it goes away before all is ready, the start is given up.
    private let starter: Int32
    private var group: ControlGroup?
    private var notes: [String] = []
    /// Processes that ended while the cluster was starting, and how.
    var failures: [String: String] = [:]
    var isReady = false
    var isStopping = false
    var records: [String: ProcessRecord] = [:]
    /// Instances that died and are not ready again: nginx leaves them alone, since one that starts takes connections before it can work.
    var fallen: Set<Int> = []
    /// Since when an instance has not been ready.
    var away: [String: ContinuousClock.Instant] = [:]

    /// - Parameter path: the folders that programs are looked for in, as in `PATH`.
    package init(plan: ClusterPlan, folder: ClusterFolder, path: String?, logger: Logger) {
        self.plan = plan
        self.folder = folder
        self.path = path
        self.logger = logger
        starter = getppid()
    }

    /// Runs the cluster until a graceful shutdown. Whatever happens, no process is left; the folder says how it ended.
    package func run() async throws {
        do {
            try folder.write(.starting)
            let members = try await prepare()
            await withTaskGroup(of: Void.self) { tasks in
                await startAndWatch(members, &tasks)
                await stop(members)
            }
            group?.remove()
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
                let these = members.filter { $0.kind == kind }
                for member in these { tasks.addTask { await self.keepAlive(member) } }
                for member in these { try await becomeReady(member) }
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

    /// What can be known to fail before anything is started.
    private func prepare() async throws -> [ClusterMember] {
        if !plan.complaints.isEmpty { throw ClusterError.plan(plan.complaints) }
        let redis = plan.hasRedis ? try ClusterTools.find(ClusterTools.redis, path: path) : nil
        let nginx = plan.hasNginx ? try ClusterTools.find(ClusterTools.nginx, path: path) : nil
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
            try await checkNginx(member)
            members.append(member)
        }
        makeGroup()
        return members
    }

    private func checkAddresses() throws(ClusterError) {
        for (name, address) in plan.addresses {
            guard let obstacle = LocalRequest.obstacle(to: address) else { continue }
            // An instance behind nginx may have an address in a network namespace of its own.
            if obstacle == EADDRNOTAVAIL, name.hasPrefix("instance"), !plan.instanceHosts.isEmpty { continue }
            if obstacle == EADDRINUSE { throw .portTaken(name: name, address: address.description) }
            throw .noSuchAddress(name: name, address: address.description, reason: String(cString: strerror(obstacle)))
        }
    }

    private func checkNginx(_ member: ClusterMember) async throws(ClusterError) {
        let words = await ClusterProcess.output(of: member.executable, ["-t"] + member.arguments)
        if !words.isSuccess { throw .nginxConfiguration(words.text) }
    }

    private func makeGroup() {
        do throws(ControlGroup.Unavailable) {
            let made = try ControlGroup(name: "sakuga-cluster-\(plan.port)")
            for number in 1...plan.instances {
                do {
                    try made.add("instance-\(number)", cores: plan.cores, memory: plan.memory)
                } catch { throw ControlGroup.Unavailable(description: error.localizedDescription) }
            }
            group = made
        } catch {
            notes.append(
                "No control groups (\(error)): instances keep to --cores \(plan.cores) and their memory limit by themselves.")
        }
    }

    private func write(_ text: String, to file: String) throws(ClusterError) {
        let made = FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        if !made { throw .file(path: file, action: "written", reason: String(cString: strerror(errno))) }
    }

    /// Waits until a process that was started is ready, or throws why it will not be.
    private func becomeReady(_ member: ClusterMember) async throws(ClusterError) {
        let clock = ContinuousClock(), end = clock.now + Self.patience
        while true {
            if let how = failures[member.name] {
                throw .notReady(name: member.name, how: how, log: folder.lastWords(of: member.name))
            }
            if getppid() != starter || Task.isShuttingDownGracefully { throw .abandoned }
            if records[member.name] != nil, await member.isReady() { return }
            guard clock.now < end else {
                throw .notReady(
                    name: member.name, how: "was not ready within \(Self.patience.components.seconds) seconds",
                    log: folder.lastWords(of: member.name))
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Remembers a process, and puts it under its limits.
    func began(_ member: ClusterMember, pid: Int32) {
        guard let record = ProcessRecord(pid: pid) else { return }
        records[member.name] = record
        try? folder.write(record, of: member.name)
        // It was on its way when all others were told to end; nobody would tell it any more.
        if isStopping { return record.send(SIGKILL) }
        guard member.kind == .instance, let group else { return }
        do {
            try group.move(pid, to: member.name)
        } catch { logger.warning("no limits", metadata: ["process": "\(member.name)", "why": "\(error)"]) }
    }

    /// Forgets a process that has ended.
    func ended(_ member: ClusterMember) {
        records[member.name] = nil
        try? folder.write(nil, of: member.name)
    }
}

/// How a cluster ended that should not have.
package struct ClusterFailure: Error, CustomStringConvertible {
    /// The sentence that is shown.
    package let description: String
}
