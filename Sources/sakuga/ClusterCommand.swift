import ArgumentParser
import Foundation
import Logging
import OptionValues
import ServiceLifecycle
import Supervision
import UnixSignals

/// `sakuga cluster`: several instances, nginx and Redis on this machine, without containers.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Run several instances behind nginx, with Redis, on this machine.",
        discussion: """
            Starts what deploy/compose.yaml starts, without containers: nginx, Redis, and instances with limits of their own. Processes \
            that die are restarted. All files are in one folder (--state), which is removed at the end.

            Examples:
              sakuga cluster up --instances 4 --redis --nginx
              sakuga cluster status
              sakuga cluster up --nginx --port 8080 -- --size 256 --api-keys keys.txt
              sakuga cluster down
            """,
        subcommands: [Up.self, Status.self, Down.self, Supervise.self])
}

/// The option that names a cluster.
struct ClusterStateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of the cluster; one folder for each cluster. (default: ~/.local/state/sakuga/cluster)", valueName: "folder"))
    var state: String?

    var folder: ClusterFolder {
        let path = state ?? ClusterFolder.standard(environment: ProcessInfo.processInfo.environment)
        return ClusterFolder(URL(filePath: path).standardizedFileURL.path)
    }
}

extension ClusterCommand {
    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a cluster and return when it is ready.",
            discussion: """
                The kernel limits each instance to --cores and --memory where this user may create control groups (cgroup v2); elsewhere \
                the instance limits itself, and a note says so. Without --redis each instance has a queue of its own and rejects what it \
                can't serve in time.

                The variables NGINX_RATE, NGINX_BURST, NGINX_BODY_LIMIT and others of deploy/nginx/templates override the defaults.

                Examples:
                  sakuga cluster up --instances 4 --redis --nginx
                  sakuga cluster up --nginx --tls /etc/letsencrypt/live/example.org --host 0.0.0.0
                """)

        @Option(help: "Number of instances.")
        var instances = 4

        @Flag(help: "Run Redis, for one queue of all instances.")
        var redis = false

        @Flag(help: "Run nginx in front of the instances.")
        var nginx = false

        @Option(help: "Address to listen on; 0.0.0.0 for all.")
        var host = "127.0.0.1"

        @Option(help: "First port of a block: nginx, the instances, and two more.")
        var port = 7860

        @Option(help: "Cores of each instance.")
        var cores = 1

        @Option(help: "Memory of each instance.")
        var memory = ByteCount(512_000_000)

        @Option(
            help: ArgumentHelp(
                "Folder with fullchain.pem and privkey.pem, to serve HTTPS on port + 1000; requires --nginx.", valueName: "folder"
            ))
        var tls: String?

        @Option(
            help: ArgumentHelp(
                "Folder with nginx' configuration, deploy/nginx of the sources. (default: searched for above the program)",
                valueName: "folder"))
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
            let problems = plan.problems
            if !problems.isEmpty { throw ValidationError(problems.joined(separator: "\n")) }
        }

        func run() async throws {
            do throws(ClusterError) {
                let notes = try await ClusterControl.up(
                    plan, folder: state.folder,
                    supervisor: [ClusterCommand.program, "cluster", "supervise", "--state", state.folder.path])
                for note in notes { FileHandle.standardError.write(Data("\(note)\n".utf8)) }
                print(try await ClusterReport(state.folder).table)
            } catch { throw PlainFailure(error) }
        }

        private var plan: ClusterPlan {
            let own = ClusterCommand.program
            var plan = ClusterPlan(program: program.map { URL(filePath: $0).standardizedFileURL.path } ?? own)
            plan.arguments = serve
            plan.instances = instances
            (plan.hasRedis, plan.hasNginx) = (redis, nginx)
            (plan.host, plan.port) = (host, port)
            (plan.cores, plan.memory) = (cores, memory.bytes)
            (plan.instanceHosts, plan.redisHost) = (instanceHosts, redisHost)
            plan.tls = tls
            plan.nginxFiles = nginxFiles ?? NginxConfiguration.files(above: own) ?? "deploy/nginx"
            return plan
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the processes of a cluster.",
            discussion: """
                Exit code 0 when all processes are ready, 1 when there is no cluster, 2 when some are not ready.

                Examples:
                  sakuga cluster status
                  sakuga cluster status --format json
                """)

        enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

        @Option(help: "Output format: text or json.")
        var format = Format.text

        @OptionGroup(title: "State")
        var state: ClusterStateOptions

        func run() async throws {
            let report: ClusterReport
            do throws(ClusterError) {
                report = try await ClusterReport(state.folder)
            } catch { throw PlainFailure(error) }
            switch format {
            case .text: print(report.table)
            case .json:
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                encoder.keyEncodingStrategy = .convertToSnakeCase
                print(String(decoding: try encoder.encode(report), as: UTF8.self))
            }
            if report.state != "ready" || report.lines.contains(where: { $0.state != "ready" }) { throw ExitCode(2) }
        }
    }

    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a cluster after it has finished the requests in hand.",
            discussion: """
                Leaves no process, port or file behind, except Redis' files when jobs are waiting: the next `up --redis` continues with \
                them.

                Example:
                  sakuga cluster down
                """)

        @OptionGroup(title: "State")
        var state: ClusterStateOptions

        func run() async throws {
            do throws(ClusterError) {
                let waiting = try await ClusterControl.down(state.folder)
                print("The cluster has stopped.")
                if waiting > 0 {
                    print("Waiting jobs are kept in \(state.folder.redis); the next `up --redis` continues with them.")
                }
            } catch { throw PlainFailure(error) }
        }
    }

    /// The process that `up` leaves behind to supervise the others.
    struct Supervise: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Supervise the processes of a cluster (started by `up`).", shouldDisplay: false)

        @OptionGroup(title: "State")
        var state: ClusterStateOptions

        func run() async throws {
            // The terminal that started it may close.
            signal(SIGHUP, SIG_IGN)
            let folder = state.folder, logger = Logger(label: "sakuga.cluster")
            guard try folder.lock() != nil else { throw PlainFailure(ClusterError.running(folder: folder.path)) }
            let plan = try folder.plan()
            // The supervisor notes its parent. That must be before its pid file appears: whoever waits for the file may then end the parent.
            let supervisor = ClusterSupervisor(
                plan: plan, folder: folder, path: ProcessInfo.processInfo.environment["PATH"], logger: logger)
            try folder.write(
                ProcessRecord(pid: ProcessInfo.processInfo.processIdentifier), of: ClusterFolder.supervisor)
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: supervisor, successTerminationBehavior: .gracefullyShutdownGroup)],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            do {
                try await group.run()
            } catch { throw PlainFailure(error) }
            try folder.write(nil, of: ClusterFolder.supervisor)
        }
    }

    fileprivate static var program: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }
}
