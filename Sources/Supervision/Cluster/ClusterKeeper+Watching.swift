import Foundation
import Logging
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension ClusterKeeper {
    /// Runs a member again and again until the cluster stops. While it starts, an end is final.
    func keepAlive(_ member: ClusterMember) async {
        var policy = RestartPolicy()
        let clock = ContinuousClock()
        while !isStopping {
            let begin = clock.now
            let how = await ClusterProcess.run(member, log: folder.log(member.name)) { await self.began(member, pid: $0) }
            ended(member)
            if isStopping { return }
            guard isReady else {
                failures[member.name] = how
                return
            }
            if member.kind == .instance {
                away[member.name] = clock.now
                tellNginx(of: member, hasFallen: true)
                // Its new workers are there before the instance is.
                await pause(.milliseconds(100))
            }
            let delay = policy.delay(afterRunning: clock.now - begin)
            logger.warning("ended", metadata: ["process": "\(member.name)", "how": "\(how)", "again_in": "\(delay)"])
            await pause(delay)
        }
    }

    /// Looks after the members every second until it is time to stop.
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
                for await (member, isReady, isAlive) in group { note(member, isReady: isReady, isAlive: isAlive) }
            }
            await pause(.seconds(1), endsAtShutdown: true)
        }
    }

    private func note(_ member: ClusterMember, isReady: Bool, isAlive: Bool) {
        if isReady {
            guard away.removeValue(forKey: member.name) != nil else { return }
            logger.info("back", metadata: ["process": "\(member.name)"])
            tellNginx(of: member, hasFallen: false)
            return
        }
        let now = ContinuousClock.now
        let since = away[member.name] ?? now
        away[member.name] = since
        if !isAlive, now - since > Self.silence, let record = records[member.name] {
            logger.error("silent, so it is killed", metadata: ["process": "\(member.name)"])
            away[member.name] = now
            record.send(SIGKILL)
        }
    }

    /// nginx learns who gets requests. Read anew it also forgets who failed, and so does not pass over for thirty seconds who is back.
    private func tellNginx(of member: ClusterMember, hasFallen: Bool) {
        guard plan.hasNginx, member.kind == .instance else { return }
        if hasFallen { fallen.insert(member.number) } else { fallen.remove(member.number) }
        let environment = ProcessInfo.processInfo.environment
        do {
            try NginxConfiguration(plan, environment: environment, away: fallen).writeFleet(to: folder.nginx)
        } catch { logger.error("nginx was not told", metadata: ["why": "\(error)"]) }
        records["nginx"]?.send(SIGHUP)
    }

    /// Stops everything: first nobody comes in, then requests in hand are finished, then the queue goes.
    func stop(_ members: [ClusterMember]) async {
        isStopping = true
        try? folder.write(.stopping)
        for kind in [ClusterMember.Kind.nginx, .instance, .redis] {
            let these = members.filter { $0.kind == kind }
            for member in these { records[member.name]?.send(member.stopSignal) }
            await untilEnded(these, within: Self.patience)
            for member in these { records[member.name]?.send(SIGKILL) }
        }
        await untilEnded(members, within: .seconds(5))
    }

    private func untilEnded(_ members: [ClusterMember], within limit: Duration) async {
        let end = ContinuousClock.now + limit
        while members.contains(where: { records[$0.name]?.isRunning == true }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Sleeps in short pieces, so that nobody waits for a pause when the cluster stops.
    private func pause(_ time: Duration, endsAtShutdown: Bool = false) async {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end, !isStopping, !(endsAtShutdown && Task.isShuttingDownGracefully) {
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
