/// Why a cluster was not started, not found or not stopped; each description says what to do.
package enum ClusterError: Error, Equatable, CustomStringConvertible {
    /// An external program is not installed.
    case missing(program: String, package: String)
    /// nginx rejects its configuration; its message.
    case nginxConfiguration(String)
    /// A template names a setting that has no value, or a value contains characters that would change the template's structure.
    case template(String)
    /// Another program listens on an address of the plan.
    case portTaken(name: String, address: String)
    /// An address of the plan can't be listened on.
    case unusableAddress(name: String, address: String, reason: String)
    /// The folder belongs to a running cluster.
    case running(folder: String)
    /// The folder's supervisor has died and left processes behind.
    case leftovers(folder: String, count: Int)
    /// No cluster runs with the folder.
    case none(folder: String)
    /// A file or folder could not be made, read or written.
    case file(path: String, action: String, reason: String)
    /// A process could not be started.
    case notStarted(name: String, reason: String)
    /// A process exited, or was not ready in time, while the cluster was starting; the end of its log.
    case notReady(name: String, how: String, log: [String])
    /// The process that started the cluster went away before the cluster was ready.
    case abandoned
    /// The plan is invalid; one sentence a problem.
    case plan([String])
    /// Processes that survived SIGKILL.
    case survivors([String])

    package var description: String {
        switch self {
        case .missing(let program, let package):
            "\(program) is not installed. Install the package \(package) (on Debian: apt-get install \(package)), or run scripts/cluster, "
                + "which installs it."
        case .nginxConfiguration(let message): "nginx rejects its configuration:\n\(message)"
        case .template(let problem): problem
        case .portTaken(let name, let address):
            "\(address), the address of \(name), is already in use. Choose another --port or stop the program that uses it."
        case .unusableAddress(let name, let address, let reason):
            "\(name) cannot listen on \(address): \(reason). Check that this machine has the address and that this user may open the port."
        case .running(let folder):
            "A cluster is running with \(folder). `sakuga cluster status` shows it, `sakuga cluster down` stops it; "
                + "--state FOLDER starts a second one."
        case .leftovers(let folder, let count):
            "The supervisor of the cluster in \(folder) has died, and \(count) of its processes are left. Run `sakuga cluster down` first."
        case .none(let folder): "No cluster is running with \(folder). Start one with `sakuga cluster up`."
        case .file(let path, let action, let reason): "\(path) cannot be \(action): \(reason)."
        case .notStarted(let name, let reason): "\(name) could not be started: \(reason)."
        case .notReady(let name, let how, let log):
            "\(name) \(how)." + (log.isEmpty ? "" : " The end of its log:\n" + log.map { "  \($0)" }.joined(separator: "\n"))
        case .abandoned: "The start of the cluster was interrupted."
        case .plan(let problems): problems.joined(separator: "\n")
        case .survivors(let names): "These processes did not end: \(names.joined(separator: ", "))."
        }
    }
}

/// Why a cluster ended without being asked to; a sentence.
package struct ClusterFailure: Error, CustomStringConvertible {
    /// The sentence.
    package let description: String
}
