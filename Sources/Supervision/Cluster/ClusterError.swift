/// Why a cluster was not started, not found or not stopped: each a sentence that says what to do.
package enum ClusterError: Error, Equatable, CustomStringConvertible {
    /// A program of somebody else's is not installed.
    case missing(program: String, package: String)
    /// The configuration that nginx was to have is none; its own words.
    case nginxConfiguration(String)
    /// A template asks for a setting that there is none of, or a value would break out of its place.
    case template(String)
    /// Somebody listens there already.
    case portTaken(name: String, address: String)
    /// The address is not one of this machine's.
    case noSuchAddress(name: String, address: String, reason: String)
    /// There is a cluster with this folder already.
    case running(folder: String)
    /// Its keeper has died and left processes behind.
    case leftovers(folder: String, count: Int)
    /// There is no cluster with this folder.
    case none(folder: String)
    /// A file or folder could not be made, read or written.
    case file(path: String, action: String, reason: String)
    /// A process could not be started at all.
    case notStarted(name: String, reason: String)
    /// A process ended, or did not answer in time, while the cluster was starting; its last words.
    case notReady(name: String, how: String, log: [String])
    /// Whoever started the cluster went away before it was ready.
    case abandoned
    /// What the plan says can't be.
    case plan([String])
    /// Processes that did not end even when killed.
    case survivors([String])

    package var description: String {
        switch self {
        case .missing(let program, let package):
            "\(program) is not installed. Install the package \(package) (on Debian: apt-get install \(package)), or run scripts/cluster, "
                + "which does so."
        case .nginxConfiguration(let words): "nginx does not take its configuration:\n\(words)"
        case .template(let what): what
        case .portTaken(let name, let address):
            "\(address), meant for \(name), is taken by another program. Choose another --port, or stop that program."
        case .noSuchAddress(let name, let address, let reason):
            "\(name) can't listen on \(address): \(reason). Is it an address of this machine, and may this user open the port?"
        case .running(let folder):
            "A cluster is running with \(folder). `sakuga cluster status` shows it, `sakuga cluster down` stops it; --state FOLDER is for a second one."
        case .leftovers(let folder, let count):
            "The keeper of the cluster in \(folder) has died, and \(count) of its processes are left. Run `sakuga cluster down` first."
        case .none(let folder): "No cluster is running with \(folder). Start one with `sakuga cluster up`."
        case .file(let path, let action, let reason): "\(path) can't be \(action): \(reason)."
        case .notStarted(let name, let reason): "\(name) could not be started: \(reason)."
        case .notReady(let name, let how, let log):
            "\(name) \(how)." + (log.isEmpty ? "" : " Its last words:\n" + log.map { "  \($0)" }.joined(separator: "\n"))
        case .abandoned: "The cluster was given up while it was starting."
        case .plan(let complaints): complaints.joined(separator: "\n")
        case .survivors(let names): "Did not end: \(names.joined(separator: ", "))."
        }
    }
}
