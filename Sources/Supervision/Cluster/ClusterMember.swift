#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One process of a cluster: what it runs, and how to tell that it is ready.
struct ClusterMember: Sendable {
    enum Kind: Sendable { case redis, instance, nginx }

    var name: String
    var kind: Kind
    /// The instance's number, from 1; 0 for other processes.
    var number = 0
    var executable: String
    var arguments: [String]
    /// Added to the supervisor's environment.
    var environment: [String: String] = [:]
    var address: ClusterAddress

    /// The signal that drains it.
    var stopSignal: Int32 { kind == .nginx ? SIGQUIT : SIGTERM }

    /// Whether it can serve requests.
    func isReady(seconds: Double = 2) async -> Bool {
        switch kind {
        case .redis: await HealthProbe.redisAnswers(address, seconds: seconds)
        case .instance: await HealthProbe.get("/health/ready", of: address, seconds: seconds)?.status == 200
        case .nginx: await HealthProbe.get("/nginx/health", of: address, seconds: seconds)?.status == 200
        }
    }

    /// Whether it answers at all, ready or not.
    func isAlive(seconds: Double = 2) async -> Bool {
        guard kind == .instance else { return await isReady(seconds: seconds) }
        return await HealthProbe.get("/health/live", of: address, seconds: seconds) != nil
    }
}

extension ClusterPlan {
    func redisMember(program: String, folder: ClusterFolder) -> ClusterMember {
        ClusterMember(name: "redis", kind: .redis, executable: program, arguments: [folder.redis + "/redis.conf"], address: redis)
    }

    func nginxMember(program: String, folder: ClusterFolder) -> ClusterMember {
        // By default the workers of a master that runs as root run as nobody, who can't enter the folder.
        let directives = "daemon off;" + (geteuid() == 0 ? " user root;" : "")
        return ClusterMember(
            name: "nginx", kind: .nginx, executable: program,
            arguments: [
                "-e", "stderr", "-p", folder.nginx + "/", "-c", folder.nginx + "/conf/nginx.conf", "-g", directives,
            ], address: nginxStatus)
    }

    func instanceMember(_ number: Int, redisPassword: String) -> ClusterMember {
        let address = instance(number)
        var arguments = ["serve", "--host", address.host, "--port", "\(address.port)", "--threads", "\(cores)"]
        // The rest is for memory that the program can't count: its own pages and the system's buffers.
        arguments += ["--memory-limit", "\(memory / 100 * 88)"]
        if hasNginx { arguments += ["--trusted-proxies", "127.0.0.1,::1,\(redisHost)"] }
        // nginx may ask any instance for a job, and a job in one instance's memory is unknown to the others.
        if !hasRedis, instances > 1 { arguments += ["--overload", "reject"] }
        return ClusterMember(
            name: "instance-\(number)", kind: .instance, number: number, executable: program,
            arguments: arguments + self.arguments,
            environment: hasRedis ? ["SAKUGA_QUEUE": "redis://:\(redisPassword)@\(redis)/0"] : [:], address: address)
    }

    /// Redis' configuration: jobs are on the disk within a second, and none is evicted.
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
