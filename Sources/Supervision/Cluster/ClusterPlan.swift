/// The processes of a cluster on this machine and the addresses that they listen on.
///
/// A cluster uses one block of ports. With nginx, nginx has `port` and the instances have the ports after it; without nginx the instances
/// begin at `port`. nginx' health check and Redis follow them.
package struct ClusterPlan: Sendable, Codable, Equatable {
    /// The program of each instance: `PROGRAM serve …`.
    package var program: String
    /// Arguments of `serve` after those that the cluster passes.
    package var arguments: [String] = []
    /// The number of instances, 1 to 64.
    package var instances = 4
    /// Whether the cluster runs a Redis for one queue of all instances.
    package var hasRedis = false
    /// Whether the cluster runs nginx in front of the instances.
    package var hasNginx = false
    /// The address of nginx, or of the instances without it.
    package var host = "127.0.0.1"
    /// The first port of the block.
    package var port = 7860
    /// The hosts of the instances behind nginx; 127.0.0.1 for instances beyond the list.
    package var instanceHosts: [String] = []
    /// The host that Redis listens on.
    package var redisHost = "127.0.0.1"
    /// Cores of each instance.
    package var cores = 1
    /// Memory of each instance in bytes.
    package var memory = 512_000_000
    /// The folder with nginx.conf, templates and snippets (`deploy/nginx` of the sources).
    package var nginxFiles = ""
    /// The folder with fullchain.pem and privkey.pem, to serve HTTPS on `port` + 1000; nil for HTTP alone.
    package var tls: String?

    /// A plan with the defaults above.
    package init(program: String) { self.program = program }

    /// The address of instance `number`, from 1.
    package func instance(_ number: Int) -> ClusterAddress {
        let port = hasNginx ? port + number : port + number - 1
        guard hasNginx else { return ClusterAddress(host: host, port: port) }
        return ClusterAddress(
            host: number <= instanceHosts.count ? instanceHosts[number - 1] : "127.0.0.1", port: port)
    }

    /// The address of nginx' health check; local only.
    package var nginxStatus: ClusterAddress { ClusterAddress(host: "127.0.0.1", port: port + instances + 1) }

    /// The address of Redis.
    package var redis: ClusterAddress { ClusterAddress(host: redisHost, port: port + instances + 2) }

    /// The address for clients.
    package var entrance: ClusterAddress { ClusterAddress(host: host, port: port) }

    /// Every address that must be free, with its purpose.
    package var addresses: [(name: String, address: ClusterAddress)] {
        var all = (1...instances).map { ("instance-\($0)", instance($0)) }
        if hasRedis { all.append(("redis", redis)) }
        if hasNginx { all += [("nginx", entrance), ("nginx' health check", nginxStatus)] }
        if hasNginx, tls != nil { all.append(("nginx with TLS", ClusterAddress(host: host, port: port + 1_000))) }
        return all
    }

    /// Everything that is wrong with the plan; one sentence each.
    package var problems: [String] {
        var found: [String] = []
        if !(1...64).contains(instances) { found.append("--instances must be 1 to 64.") }
        if !(1...(65_535 - 1_100)).contains(port) { found.append("--port must be 1 to 64435: the ports after it are used, too.") }
        if !(1...64).contains(cores) { found.append("--cores must be 1 to 64.") }
        if memory < 256_000_000 {
            found.append("--memory must be at least 256MB: an instance needs about 200 MB for itself and one picture.")
        }
        if tls != nil, !hasNginx { found.append("--tls requires --nginx.") }
        return found
    }
}

/// An address and a port to listen on or to connect to.
package struct ClusterAddress: Sendable, Codable, Equatable, CustomStringConvertible {
    /// An address or a name; IPv6 without brackets.
    package var host: String
    /// 1 to 65535.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
