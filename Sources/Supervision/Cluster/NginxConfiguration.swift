import Foundation

/// The configuration of nginx for a cluster, made from the files of `deploy/nginx` that containers use, too.
package struct NginxConfiguration: Sendable {
    /// The folder with nginx.conf, templates and snippets.
    private let source: String
    /// The values of the templates' variables.
    package let values: [String: String]

    /// - Parameters:
    ///   - environment: its `NGINX_` variables take precedence over the plan.
    ///   - excluded: the numbers of instances that get no requests.
    package init(_ plan: ClusterPlan, environment: [String: String] = [:], excluded: Set<Int> = []) {
        source = plan.nginxFiles
        let servers = (1...plan.instances).map {
            "server \(plan.instance($0)) max_fails=3 fail_timeout=30s\(excluded.contains($0) ? " down" : "");"
        }
        let rate = 20 * plan.instances
        var values = [
            "SAKUGA_SERVERS": servers.joined(separator: " "),
            "SAKUGA_JOBS_UPSTREAM": plan.hasRedis ? "sakuga_fleet" : "sakuga_by_client",
            "SAKUGA_EDGE": plan.tls == nil ? "http" : "https",
            "NGINX_ACCESS_LOG": "access.json",
            "NGINX_BODY_LIMIT": "20m",
            "NGINX_RATE": "\(rate)r/s", "NGINX_BURST": "\(2 * rate)",
            "NGINX_ADDRESS_RATE": "\(4 * rate)r/s", "NGINX_ADDRESS_BURST": "\(8 * rate)",
            "NGINX_CONNECTIONS": "1000",
            "NGINX_DIRECT_TIMEOUT": "15s",
            "NGINX_PORT": plan.entrance.description,
            "NGINX_TLS_PORT": ClusterAddress(host: plan.host, port: plan.port + 1_000).description,
            "NGINX_SERVER_NAME": "_",
            "NGINX_STATUS": plan.nginxStatus.description,
        ]
        for name in values.keys where name.hasPrefix("NGINX_") {
            if let given = environment[name], !given.isEmpty { values[name] = given }
        }
        self.values = values
    }

    /// The folder `deploy/nginx` or `share/sakuga/nginx` above the program's real path; nil when there is none.
    package static func files(above program: String) -> String? {
        var folder = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            for name in ["deploy/nginx", "share/sakuga/nginx"] {
                let found = folder.appending(path: name).path
                if FileManager.default.fileExists(atPath: found + "/nginx.conf") { return found }
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// Writes `conf/nginx.conf` and the files that it includes into `folder`.
    /// - Parameter tls: the folder with the certificate; nil for none.
    package func write(to folder: String, tls: String?) throws(ClusterError) {
        let conf = folder + "/conf"
        guard FileManager.default.fileExists(atPath: source + "/nginx.conf") else {
            throw .file(
                path: source + "/nginx.conf", action: "read",
                reason: "the file does not exist; give the folder deploy/nginx of the sources with --nginx-files")
        }
        try copy("nginx.conf", to: conf)
        for file in try names(in: "snippets") { try copy("snippets/\(file)", to: conf) }
        for edge in ["", "http/", "https/"] {
            for file in try names(in: "templates/" + edge) where file.hasSuffix(".template") {
                let text = try read("templates/\(edge)\(file)")
                let filled = try ConfigurationTemplate(text, name: file).filled(with: values)
                try write(filled, to: "\(conf)/conf.d/\(edge)\(file.dropLast(".template".count))")
            }
        }
        if let tls { try linkCertificate(tls, conf) }
    }

    /// Writes the part that changes while the cluster runs: which instances get requests. nginx reads it on SIGHUP.
    package func writeFleet(to folder: String) throws(ClusterError) {
        let name = "fleet.conf.template"
        let filled = try ConfigurationTemplate(try read("templates/" + name), name: name).filled(with: values)
        try write(filled, to: "\(folder)/conf/conf.d/fleet.conf")
    }

    private func linkCertificate(_ tls: String, _ conf: String) throws(ClusterError) {
        for file in ["fullchain.pem", "privkey.pem"] where !FileManager.default.isReadableFile(atPath: "\(tls)/\(file)") {
            throw .file(path: "\(tls)/\(file)", action: "read", reason: "--tls takes a folder with fullchain.pem and privkey.pem")
        }
        do {
            try FileManager.default.createSymbolicLink(
                atPath: conf + "/tls", withDestinationPath: URL(filePath: tls).standardizedFileURL.path)
        } catch { throw .file(path: conf + "/tls", action: "made", reason: error.localizedDescription) }
    }

    private func names(in folder: String) throws(ClusterError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: "\(source)/\(folder)").sorted()
        } catch { throw .file(path: "\(source)/\(folder)", action: "read", reason: error.localizedDescription) }
    }

    private func copy(_ file: String, to conf: String) throws(ClusterError) { try write(try read(file), to: "\(conf)/\(file)") }

    private func read(_ file: String) throws(ClusterError) -> String {
        do {
            return try String(contentsOfFile: "\(source)/\(file)", encoding: .utf8)
        } catch { throw .file(path: "\(source)/\(file)", action: "read", reason: error.localizedDescription) }
    }

    private func write(_ text: String, to path: String) throws(ClusterError) {
        do {
            try FileManager.default.createDirectory(
                at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch { throw .file(path: path, action: "written", reason: error.localizedDescription) }
    }
}

/// A text with variables such as `${NGINX_PORT}`, substituted as `envsubst` does in nginx' official image. Only names with our prefixes are
/// substituted, so that nginx' own variables stay. Unlike `envsubst`, a variable without a value is an error, and so is a value with a line
/// break, a brace or a quote.
package struct ConfigurationTemplate: Sendable {
    /// Variables with other prefixes are nginx' own.
    private static let prefixes = ["SAKUGA_", "NGINX_"]

    private let text: String
    private let name: String

    /// - Parameter name: the file's name, for errors.
    package init(_ text: String, name: String) {
        self.text = text
        self.name = name
    }

    /// The text with its variables substituted.
    package func filled(with values: [String: String]) throws(ClusterError) -> String {
        var result = "", rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.lowerBound...]
            guard let end = rest.firstIndex(of: "}") else { break }
            let variable = String(rest[start.upperBound..<end])
            if Self.prefixes.contains(where: { variable.hasPrefix($0) }) {
                result += try value(of: variable, in: values)
            } else {
                result += rest[...end]
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private func value(of variable: String, in values: [String: String]) throws(ClusterError) -> String {
        guard let value = values[variable], !value.isEmpty else {
            throw .template("\(name) uses \(variable), which has no value.")
        }
        guard !value.contains(where: { $0.isNewline || "{}\"'\\`".contains($0) }) else {
            throw .template(
                "\(variable) is \(value); it must not contain quotes, braces, backslashes or line breaks.")
        }
        return value
    }
}
