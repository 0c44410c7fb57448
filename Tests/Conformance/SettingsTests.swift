import Foundation
import Testing

/// Settings from files and variables, through the program itself.
@Suite struct SettingsTests {
    @Test func `the command line goes before a variable, that before the file, and that before the default`() async throws {
        let table = try await shown(
            ["--max-wait", "5s"], variables: ["SAKUGA_MAX_WAIT": "4s", "SAKUGA_PORT": "8081", "SAKUGA_OVERLOAD": ""],
            file: "serve:\n  max-wait: 2s\n  port: 8082\n  max-queued: 7\n  overload: ~\n")
        #expect(table["max-wait"] == .init("5s", "command line"))
        #expect(table["port"] == .init("8081", "SAKUGA_PORT"))
        #expect(table["max-queued"] == .init("7", "FILE"))
        #expect(table["claim-after"] == .init("30s", "default"))
        #expect(table["overload"] == .init("queue", "default"))
        #expect(table["threads"] == .init("all", "default"))
        #expect(table["tls-cert"] == .init("(none)", "default"))
        #expect(table["log-level"] == .init("info", "default"))
        #expect(table["config"] == .init("FILE", "command line"))
    }

    @Test func `JSON says the same as YAML, with numbers, texts and lists`() async throws {
        let yaml = try await shown(
            file: "serve:\n  port: 8080\n  style: painted\n  cors-origin: [https://a.example, https://b.example]\n")
        let json = try await shown(
            file: """
                {"serve": {"port": 8080, "style": "painted", "cors-origin": ["https://a.example", "https://b.example"], "size": null}}
                """, name: "settings.json")
        #expect(yaml == json)
        #expect(yaml["cors-origin"]?.value == "https://a.example, https://b.example")
    }

    @Test func `a variable's list has commas`() async throws {
        let table = try await shown(variables: ["SAKUGA_CORS_ORIGIN": "https://a.example, https://b.example"])
        #expect(table["cors-origin"] == .init("https://a.example, https://b.example", "SAKUGA_CORS_ORIGIN"))
    }

    @Test func `the file may be named by a variable`() async throws {
        let folder = try TemporaryFolder(), path = folder.path("s.yml")
        try Data("serve:\n  size: 256\n".utf8).write(to: URL(filePath: path))
        let outcome = try await Program.run(
            Program.sakuga, ["serve", "--print-settings"], environment: ["SAKUGA_CONFIG": path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(Self.table(outcome.output, path)["size"] == .init("256", "FILE"))
        #expect(Self.table(outcome.output, path)["config"] == .init("FILE", "SAKUGA_CONFIG"))
    }

    @Test func `switches are true or false`() async throws {
        let folder = try TemporaryFolder(), path = folder.path("s.yaml")
        try Data("bench:\n  layers: true\n  runs: 1\n  size: 64\n".utf8).write(to: URL(filePath: path))
        let bench = try await Program.run(Program.sakuga, ["bench", "--config", path])
        #expect(bench.status == 0, "\(bench.errors)")
        #expect(bench.output.split(separator: "\n").count > 20)

        try Data("bench:\n  layers: perhaps\n".utf8).write(to: URL(filePath: path))
        let wrong = try await Program.run(Program.sakuga, ["bench", "--config", path])
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("'layers' in 'bench' must be true or false."))
    }

    @Test func `variables are for serve only`() async throws {
        let outcome = try await Program.run(
            Program.sakuga, ["bench", "--print-settings"], environment: ["SAKUGA_THREADS": "1", "SAKUGA_THREDS": "1"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(Self.table(outcome.output)["threads"] == .init("one for each core", "default"))
    }

    @Test(arguments: [
        ("serve:\n  prot: 1\n", "'serve' has no setting 'prot'. Did you mean 'port'?"),
        ("serve:\n  max_wait: 1s\n", "Did you mean 'max-wait'?"),
        (
            "sevre:\n  port: 1\n",
            "there is no section 'sevre'; there are bench, loadtest, plan, serve, stylize. Did you mean 'serve'?"
        ),
        ("port: 1\n", "'port' is outside of the sections; move it under 'serve'."),
        ("stylize:\n  prot: 1\n", "'stylize' has no setting 'prot'."),
        ("serve:\n  config: other.yaml\n", "'serve' has no setting 'config'."),
        ("serve:\n  port: [1, 2]\n", "'port' in 'serve' takes one value, not a list"),
        ("serve:\n  port:\n    number: 1\n", "'serve' has no setting 'port.number'."),
        ("serve: 5\n", "'serve' is a section"),
        ("- serve\n", "is not a valid settings file"),
    ])
    func `what a file can't say is refused with the file's name and a hint`(_ text: String, _ sentence: String) async throws {
        let outcome = try await run([], file: text)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
        #expect(outcome.errors.contains("settings.yaml"))
    }

    @Test func `all slips of a file are told at once`() async throws {
        let outcome = try await run([], file: "serve:\n  prot: 1\n  hots: a\n")
        #expect(outcome.errors.contains("'port'") && outcome.errors.contains("'host'"))
    }

    @Test(arguments: [
        (["SAKUGA_API_KEY": "keys.txt"], "The variable SAKUGA_API_KEY is not a setting. Did you mean SAKUGA_API_KEYS?"),
        (["SAKUGA_PORT": "high"], "--port is set by the variable SAKUGA_PORT."),
        (["SAKUGA_PORT": "99999"], "--port is set by the variable SAKUGA_PORT."),
    ])
    func `a wrong variable is named`(_ variables: [String: String], _ sentence: String) async throws {
        let outcome = try await run([], variables: variables)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    }

    @Test(arguments: ["port: high", "max-size: 99999", "tls-cert: a.pem"])
    func `a value that does not do is traced to its file`(_ line: String) async throws {
        let outcome = try await run([], file: "serve:\n  \(line)\n")
        #expect(outcome.status == 64)
        let name = line.prefix { $0 != ":" }
        #expect(outcome.errors.contains("--\(name) is set in "), "\(outcome.errors)")
    }

    @Test func `passwords are never shown`() async throws {
        let url = "redis://queue:pass@word-1@127.0.0.1:6399/0"
        let table = try await shown(variables: ["SAKUGA_QUEUE": url])
        #expect(table["queue"]?.value == "redis://queue:***@127.0.0.1:6399/0")
        for outcome in [
            try await run([], variables: ["SAKUGA_QUEUE": url + "/wrong"]),
            try await run([], file: "serve:\n  queue: '\(url)/wrong'\n"),
            try await run([], file: "serve:\n  queue: \"\(url)\n"),
            try await run([], file: "{\"serve\": {\"queue\": \"\(url)\"", name: "settings.json"),
            try await run(["--queue", url + "/wrong"]),
        ] {
            #expect(outcome.status == 64)
            #expect(!(outcome.output + outcome.errors).contains("word-1"), "\(outcome.errors)")
        }
    }

    @Test func `what Kubernetes says of a service is no port`() async throws {
        let table = try await shown(variables: ["SAKUGA_PORT": "tcp://10.0.0.1:7860", "SAKUGA_PORT_7860_TCP_PORT": "7860"])
        #expect(table["port"] == .init("7860", "default"))
    }

    @Test func `help comes whatever the settings are`() async throws {
        let outcome = try await run(["--help"], variables: ["SAKUGA_PORT": "high"], file: "nonsense")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("--print-settings"))
    }

    @Test(arguments: ["/nowhere/settings.yaml", "settings.toml"])
    func `a file that can't be read is named`(_ path: String) async throws {
        let folder = try TemporaryFolder()
        try Data("serve = 1".utf8).write(to: folder.url.appending(path: "settings.toml"))
        let outcome = try await Program.run(Program.sakuga, ["serve", "--config", path], in: folder.url)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains(path))
    }
}

// MARK: Running

extension SettingsTests {
    /// A row of `--print-settings`.
    private struct Row: Equatable {
        let value: String
        let origin: String

        init(_ value: String, _ origin: String) {
            self.value = value
            self.origin = origin
        }
    }

    /// `sakuga serve` with these arguments, and with a settings file of this text.
    private func run(
        _ arguments: [String], variables: [String: String] = [:], file: String? = nil, name: String = "settings.yaml"
    ) async throws -> Program.Outcome {
        let folder = try TemporaryFolder()
        if let file { try Data(file.utf8).write(to: folder.url.appending(path: name)) }
        let config = file == nil ? [] : ["--config", name]
        return try await Program.run(
            Program.sakuga, ["serve", "--print-settings"] + config + arguments, environment: variables, in: folder.url)
    }

    /// What `--print-settings` shows, by setting; the settings file is called FILE.
    private func shown(
        _ arguments: [String] = [], variables: [String: String] = [:], file: String? = nil, name: String = "settings.yaml"
    ) async throws -> [String: Row] {
        let outcome = try await run(arguments, variables: variables, file: file, name: name)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return Self.table(outcome.output, name)
    }

    private static func table(_ output: String, _ file: String = "settings.yaml") -> [String: Row] {
        var rows: [String: Row] = [:]
        for line in output.split(separator: "\n").dropFirst() {
            // Columns are at least two spaces apart.
            let cells = line.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3 else { continue }
            rows[cells[0]] = Row(cells[1].replacing(file, with: "FILE"), cells[2].replacing(file, with: "FILE"))
        }
        return rows
    }
}
