import Foundation

/// Programs of others that a cluster uses, looked for on PATH and where Debian keeps servers.
package enum ClusterTools {
    /// nginx, with the package that has it.
    package static let nginx = (names: ["nginx"], package: "nginx-light")
    /// Redis, or Valkey, which is the same for us.
    package static let redis = (names: ["redis-server", "valkey-server"], package: "redis-server")

    /// The path of the first of `tool`'s names that can be run.
    package static func find(_ tool: (names: [String], package: String), path: String?) throws(ClusterError) -> String {
        let folders = (path ?? "").split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin", "/sbin"]
        for name in tool.names {
            for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
                return "\(folder)/\(name)"
            }
        }
        throw .missing(program: tool.names[0], package: tool.package)
    }

    /// The folder `deploy/nginx` or `share/sakuga/nginx` above where the program really lies; nil when there is none.
    package static func nginxFiles(above program: String) -> String? {
        var folder = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            for place in ["deploy/nginx", "share/sakuga/nginx"] {
                let found = folder.appending(path: place).path
                if FileManager.default.fileExists(atPath: found + "/nginx.conf") { return found }
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
