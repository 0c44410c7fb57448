#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One process of a cluster: what is run, and how one sees that it is ready.
struct ClusterMember: Sendable {
    enum Kind: Sendable { case redis, instance, nginx }

    var name: String
    var kind: Kind
    /// Of an instance, from 1.
    var number = 0
    var executable: String
    var arguments: [String]
    /// Beside what the keeper's own environment has.
    var environment: [String: String] = [:]
    var address: ClusterAddress

    /// Asks it to finish what it has in hand and to end.
    var stopSignal: Int32 { kind == .nginx ? SIGQUIT : SIGTERM }

    /// Whether it answers as one that can work.
    func isReady(seconds: Double = 2) async -> Bool {
        switch kind {
        case .redis: await LocalRequest.redisAnswers(address, seconds: seconds)
        case .instance: await LocalRequest.get("/health/ready", of: address, seconds: seconds)?.status == 200
        case .nginx: await LocalRequest.get("/nginx/health", of: address, seconds: seconds)?.status == 200
        }
    }

    /// Whether it answers at all.
    func isAlive(seconds: Double = 2) async -> Bool {
        guard kind == .instance else { return await isReady(seconds: seconds) }
        return await LocalRequest.get("/health/live", of: address, seconds: seconds) != nil
    }
}

extension ClusterPlan {
    func redisMember(program: String, folder: ClusterFolder) -> ClusterMember {
        ClusterMember(name: "redis", kind: .redis, executable: program, arguments: [folder.redis + "/redis.conf"], address: redis)
    }

    func nginxMember(program: String, folder: ClusterFolder) -> ClusterMember {
        // Workers of a master that is root would be nobody, who can't enter the folder.
        let directives = "daemon off;" + (geteuid() == 0 ? " user root;" : "")
        return ClusterMember(
            name: "nginx", kind: .nginx, executable: program,
            arguments: [
                "-e", "stderr", "-p", folder.nginx + "/", "-c", folder.nginx + "/conf/nginx.conf", "-g", directives,
            ], address: nginxStatus)
    }

    func instanceMember(_ number: Int, redisPassword: String) -> ClusterMember {
        let place = instance(number)
        var arguments = ["serve", "--host", place.host, "--port", "\(place.port)", "--threads", "\(cores)"]
        // The rest is for what the program can't count: its own pages, the system's buffers.
        arguments += ["--memory-limit", "\(memory / 100 * 88)"]
        if hasNginx { arguments += ["--trusted-proxies", "127.0.0.1,::1,\(redisHost)"] }
        // A job in one instance's memory is unknown to the next, which nginx may ask for it.
        if !hasRedis, instances > 1 { arguments += ["--overload", "reject"] }
        return ClusterMember(
            name: "instance-\(number)", kind: .instance, number: number, executable: program,
            arguments: arguments + self.arguments,
            environment: hasRedis ? ["SAKUGA_QUEUE": "redis://:\(redisPassword)@\(redis)/0"] : [:], address: place)
    }

    /// Redis' settings: jobs are on the disk within a second, and none is ever dropped to make room.
    func redisConfiguration(password: String, folder: ClusterFolder) -> String {
        """
        bind \(redisHost)
        port \(redis.port)
        requirepass \(password)
        dir "\(folder.redis)"
        appendonly yes
        appendfsync everysec
        save ""
        maxmemory-policy noeviction
        daemonize no

        """
    }
}
