import Foundation
import Logging
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension ClusterSupervisor {
    /// Runs a member's process, and restarts it until the cluster stops. A process that ends while the cluster starts is not restarted.
    func keepRunning(_ member: ClusterMember) async {
        var policy = RestartPolicy()
        let clock = ContinuousClock()
        while !isStopping {
            let start = clock.now
            let how = await ClusterProcess.run(member, log: folder.log(member.name)) { await self.started(member, pid: $0) }
            ended(member)
            if isStopping { return }
            guard isReady else {
                failures[member.name] = how
                return
            }
            if member.kind == .instance {
                unreadySince[member.name] = clock.now
                setExcluded(true, member)
                // nginx needs a moment to start the workers that read the new configuration.
                await pause(.milliseconds(100))
            }
            let delay = policy.delay(afterRunning: clock.now - start)
            logger.warning("ended", metadata: ["process": "\(member.name)", "how": "\(how)", "again_in": "\(delay)"])
            await pause(delay)
        }
    }

    /// Probes the instances every second until a graceful shutdown.
    func watch(_ members: [ClusterMember]) async {
        let instances = members.filter { $0.kind == .instance }
        while !Task.isShuttingDownGracefully {
            await withTaskGroup(of: (ClusterMember, Bool, Bool).self) { group in
                for member in instances {
                    group.addTask {
                        async let isReady = member.isReady(seconds: 1)
                        async let isAlive = member.isAlive(seconds: 1)
                        return (member, await isReady, await isAlive)
                    }
                }
                for await (member, isReady, isAlive) in group { probed(member, isReady: isReady, isAlive: isAlive) }
            }
            await pause(.seconds(1), endsAtShutdown: true)
        }
    }

    private func probed(_ member: ClusterMember, isReady: Bool, isAlive: Bool) {
        if isReady {
            guard unreadySince.removeValue(forKey: member.name) != nil else { return }
            logger.info("ready again", metadata: ["process": "\(member.name)"])
            setExcluded(false, member)
            return
        }
        let now = ContinuousClock.now
        let since = unreadySince[member.name] ?? now
        unreadySince[member.name] = since
        if !isAlive, now - since > Self.hangTimeout, let record = records[member.name] {
            logger.error("hangs and is killed", metadata: ["process": "\(member.name)"])
            unreadySince[member.name] = now
            record.send(SIGKILL)
        }
    }

    /// Has nginx reload its configuration with or without an instance. The reload also resets nginx' memory of failed servers, so that an
    /// instance that is ready again gets requests at once.
    private func setExcluded(_ isExcluded: Bool, _ member: ClusterMember) {
        guard plan.hasNginx, member.kind == .instance else { return }
        if isExcluded { excluded.insert(member.number) } else { excluded.remove(member.number) }
        let environment = ProcessInfo.processInfo.environment
        do {
            try NginxConfiguration(plan, environment: environment, excluded: excluded).writeFleet(to: folder.nginx)
        } catch { logger.error("nginx was not told", metadata: ["why": "\(error)"]) }
        records["nginx"]?.send(SIGHUP)
    }

    /// Stops all processes: nginx first, so that no requests arrive; then the instances finish theirs; then Redis.
    func stop(_ members: [ClusterMember]) async {
        isStopping = true
        try? folder.write(.stopping)
        for kind in [ClusterMember.Kind.nginx, .instance, .redis] {
            let ofKind = members.filter { $0.kind == kind }
            for member in ofKind { records[member.name]?.send(member.stopSignal) }
            await untilEnded(ofKind, within: Self.stopTimeout)
            for member in ofKind { records[member.name]?.send(SIGKILL) }
        }
        await untilEnded(members, within: .seconds(5))
    }

    private func untilEnded(_ members: [ClusterMember], within limit: Duration) async {
        let end = ContinuousClock.now + limit
        while members.contains(where: { records[$0.name]?.isRunning == true }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Sleeps in short steps, so that stopping the cluster does not wait for a pause.
    private func pause(_ time: Duration, endsAtShutdown: Bool = false) async {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end, !isStopping, !(endsAtShutdown && Task.isShuttingDownGracefully) {
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
