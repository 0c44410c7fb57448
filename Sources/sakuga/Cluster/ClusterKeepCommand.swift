import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Supervision
import UnixSignals

/// `sakuga cluster keep`: the process that `up` leaves behind to look after the others.
struct ClusterKeepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Look after a cluster's processes (started by `up`).", shouldDisplay: false)

    @OptionGroup(title: "State")
    var state: ClusterStateOptions

    func run() async throws {
        // The terminal that it was started from may close.
        signal(SIGHUP, SIG_IGN)
        let folder = state.folder, logger = Logger(label: "sakuga.cluster")
        guard try folder.lock() != nil else { throw PlainFailure(ClusterError.running(folder: folder.path)) }
        let plan = try folder.plan()
        // It notes who started it: before the pid file shows that it is there, and whoever waits for that may end the starter.
        let keeper = ClusterKeeper(
            plan: plan, folder: folder, path: ProcessInfo.processInfo.environment["PATH"], logger: logger)
        try folder.write(ProcessRecord(pid: ProcessInfo.processInfo.processIdentifier), of: "keeper")
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: keeper, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch { throw PlainFailure(error) }
        try folder.write(nil, of: "keeper")
    }
}
