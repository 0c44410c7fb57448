import ArgumentParser
import Foundation
import Supervision

/// `sakuga cluster up`.
struct ClusterUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start a cluster and return when it is ready.",
        discussion: """
            Where this user may make control groups (version 2), each instance is kept to --cores and --memory by the kernel; elsewhere by \
            its own settings, which is said. Without --redis, each instance has a queue of its own, and what it can't do in time is refused.

            Variables NGINX_RATE, NGINX_BURST, NGINX_BODY_LIMIT and others of deploy/nginx/templates go before what is chosen here.

            Examples:
              sakuga cluster up --instances 4 --redis --nginx
              sakuga cluster up --nginx --tls /etc/letsencrypt/live/example.org --host 0.0.0.0
            """)

    @Option(help: "How many instances.")
    var instances = 4

    @Flag(help: "Share one queue of jobs in a Redis of the cluster's own.")
    var redis = false

    @Flag(help: "Put nginx in front of the instances.")
    var nginx = false

    @Option(help: "Address to listen on; 0.0.0.0 for every interface.")
    var host = "127.0.0.1"

    @Option(help: "The first of a block of ports: nginx, then the instances, then two more.")
    var port = 7860

    @Option(help: "Cores of each instance.")
    var cores = 1

    @Option(help: "Memory of each instance.")
    var memory = ByteCount(512_000_000)

    @Option(
        help: ArgumentHelp(
            "Serve HTTPS on port + 1000 with fullchain.pem and privkey.pem from here; needs --nginx.", valueName: "folder"))
    var tls: String?

    @Option(
        help: ArgumentHelp(
            "nginx' configuration, deploy/nginx of the sources. (default: found above the program)", valueName: "folder"))
    var nginxFiles: String?

    @Option(help: .hidden)
    var instanceHosts: [String] = []

    @Option(help: .hidden)
    var redisHost = "127.0.0.1"

    @Option(help: .hidden)
    var program: String?

    @OptionGroup(title: "State")
    var state: ClusterStateOptions

    @Argument(parsing: .postTerminator, help: "Further options for `sakuga serve` of each instance.")
    var serve: [String] = []

    func validate() throws {
        let complaints = plan.complaints
        if !complaints.isEmpty { throw ValidationError(complaints.joined(separator: "\n")) }
    }

    func run() async throws {
        let own = Bundle.main.executablePath ?? CommandLine.arguments[0]
        do throws(ClusterError) {
            let notes = try await ClusterControl.up(
                plan, folder: state.folder, keeper: [own, "cluster", "keep", "--state", state.folder.path])
            for note in notes { FileHandle.standardError.write(Data("\(note)\n".utf8)) }
            print(try await ClusterReport(state.folder).table)
        } catch { throw PlainFailure(error) }
    }

    private var plan: ClusterPlan {
        let own = Bundle.main.executablePath ?? CommandLine.arguments[0]
        var plan = ClusterPlan(program: program.map { URL(filePath: $0).standardizedFileURL.path } ?? own)
        plan.arguments = serve
        plan.instances = instances
        (plan.hasRedis, plan.hasNginx) = (redis, nginx)
        (plan.host, plan.port) = (host, port)
        (plan.cores, plan.memory) = (cores, memory.bytes)
        (plan.instanceHosts, plan.redisHost) = (instanceHosts, redisHost)
        plan.tls = tls
        plan.nginxFiles = nginxFiles ?? ClusterTools.nginxFiles(above: own) ?? "deploy/nginx"
        return plan
    }
}
