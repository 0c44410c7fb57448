/// What a cluster on this machine is made of and where each part listens.
///
/// With nginx, nginx has `port` and the instances the ports after it; without, the instances begin at `port`. Behind them come
/// nginx' own health check and Redis, so that a cluster takes one block of ports.
package struct ClusterPlan: Sendable, Codable, Equatable {
    /// The program that each instance runs: `PROGRAM serve …`.
    package var program: String
    /// Further arguments of `serve`, after those that the cluster gives.
    package var arguments: [String] = []
    /// How many instances, 1 to 64.
    package var instances = 4
    /// Whether the instances share a queue in a Redis of the cluster's own.
    package var hasRedis = false
    /// Whether nginx stands in front of them.
    package var hasNginx = false
    /// The address of nginx, or of the instances without it.
    package var host = "127.0.0.1"
    /// The first port of the block.
    package var port = 7860
    /// The instances' addresses behind nginx; 127.0.0.1 for those beyond the list.
    package var instanceHosts: [String] = []
    /// Where Redis listens.
    package var redisHost = "127.0.0.1"
    /// Cores of each instance.
    package var cores = 1
    /// Memory of each instance in bytes.
    package var memory = 512_000_000
    /// The folder with nginx.conf, templates and snippets (`deploy/nginx` of the sources).
    package var nginxFiles = ""
    /// Folder with fullchain.pem and privkey.pem for HTTPS, which then has `port` + 1 000; nil for HTTP alone.
    package var tls: String?

    /// A plan with the defaults above.
    package init(program: String) { self.program = program }

    /// Where instance `number` (from 1) listens.
    package func instance(_ number: Int) -> ClusterAddress {
        let port = hasNginx ? port + number : port + number - 1
        guard hasNginx else { return ClusterAddress(host: host, port: port) }
        return ClusterAddress(
            host: number <= instanceHosts.count ? instanceHosts[number - 1] : "127.0.0.1", port: port)
    }

    /// Where nginx answers health checks; never the outside.
    package var nginxStatus: ClusterAddress { ClusterAddress(host: "127.0.0.1", port: port + instances + 1) }

    /// Where Redis listens.
    package var redis: ClusterAddress { ClusterAddress(host: redisHost, port: port + instances + 2) }

    /// Where clients come in.
    package var entrance: ClusterAddress { ClusterAddress(host: host, port: port) }

    /// Every address that must be free, with what it is for.
    package var addresses: [(name: String, address: ClusterAddress)] {
        var all = (1...instances).map { ("instance-\($0)", instance($0)) }
        if hasRedis { all.append(("redis", redis)) }
        if hasNginx { all += [("nginx", entrance), ("nginx' health check", nginxStatus)] }
        if hasNginx, tls != nil { all.append(("nginx with TLS", ClusterAddress(host: host, port: port + 1_000))) }
        return all
    }

    /// All that is wrong with it, as sentences.
    package var complaints: [String] {
        var found: [String] = []
        if !(1...64).contains(instances) { found.append("--instances is 1 to 64.") }
        if !(1...(65_535 - 1_100)).contains(port) { found.append("--port is 1 to 64435: the ports after it are used, too.") }
        if !(1...64).contains(cores) { found.append("--cores is 1 to 64.") }
        if memory < 256_000_000 {
            found.append("--memory is at least 256MB: an instance needs about 200 MB for itself and one picture.")
        }
        if tls != nil, !hasNginx { found.append("--tls belongs to --nginx; give both.") }
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
