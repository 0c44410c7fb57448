import ArgumentParser
import Foundation
import Supervision

/// Which cluster is meant.
struct ClusterStateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The cluster's folder; one cluster a folder. (default: ~/.local/state/sakuga/cluster)", valueName: "folder"))
    var state: String?

    var folder: ClusterFolder {
        let path = state ?? ClusterFolder.standard(environment: ProcessInfo.processInfo.environment)
        return ClusterFolder(URL(filePath: path).standardizedFileURL.path)
    }
}
