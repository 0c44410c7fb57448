import ArgumentParser

/// `sakuga cluster`: several instances, nginx and Redis on this machine, as containers would have them.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Run several instances behind nginx, with Redis, on this machine.",
        discussion: """
            What deploy/compose.yaml starts in containers, without containers: real nginx, real Redis, instances with limits of their \
            own. What dies is started again. Everything lies in one folder (--state) and goes with it.

            Examples:
              sakuga cluster up --instances 4 --redis --nginx
              sakuga cluster status
              sakuga cluster up --nginx --port 8080 -- --size 256 --api-keys keys.txt
              sakuga cluster down
            """,
        subcommands: [ClusterUpCommand.self, ClusterStatusCommand.self, ClusterDownCommand.self, ClusterKeepCommand.self])
}
