import Foundation
import ProgramSettings
import Testing

@Suite struct ProgramSettingsTests {
    /// The description of a program with the subcommands `serve` and `bench`, which take settings, and `keys`, which takes none.
    private static let helpDump = """
        {"command": {"commandName": "sakuga", "subcommands": [
          {"commandName": "serve", "arguments": [\(option("port", defaultValue: "7860")), \(option("queue")), \(option("api-keys")),
            \(option("cors-origin", isRepeating: true)), \(flag("verbose")), \(option("threads", abstract: "Cores. (default: all)")),
            \(option("config")), \(flag("print-settings"))]},
          {"commandName": "bench", "arguments": [\(option("runs", defaultValue: "5")), \(option("config")), \(flag("print-settings"))]},
          {"commandName": "keys", "arguments": [\(option("name"))]}]}}
        """

    private static func option(
        _ name: String, defaultValue: String? = nil, isRepeating: Bool = false, abstract: String = "Text."
    ) -> String {
        let value = defaultValue.map { #""\#($0)""# } ?? "null"
        return """
            {"kind": "option", "isRepeating": \(isRepeating), "names": [{"kind": "long", "name": "\(name)"}], "defaultValue": \(value),
             "abstract": "\(abstract)"}
            """
    }

    private static func flag(_ name: String) -> String {
        #"{"kind": "flag", "isRepeating": false, "names": [{"kind": "long", "name": "\#(name)"}]}"#
    }

    private func settings(
        _ commandLine: [String], environment: [String: String] = [:], file: String? = nil, name: String = "settings.yaml"
    ) throws -> Settings {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sakuga-settings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: name)
        if let file { try Data(file.utf8).write(to: path) }
        return try Settings(
            commandLine: commandLine + (file == nil ? [] : ["--config", path.path]), environment: environment,
            commands: ConfigurableCommands(helpDump: Self.helpDump))
    }

    private func value(_ name: String, in settings: Settings) -> [String]? {
        settings.all.first { $0.option.name == name }?.values
    }

    @Test func `the command line comes before the environment, that before the file, and that before the default`() throws {
        let file = "serve:\n  port: 1\n  api-keys: file.txt\n  queue: memory\n"
        let settings = try settings(
            ["serve", "--port", "3"], environment: ["SAKUGA_PORT": "2", "SAKUGA_API_KEYS": "variable.txt"], file: file)
        #expect(value("port", in: settings) == ["3"])
        #expect(value("api-keys", in: settings) == ["variable.txt"])
        #expect(value("queue", in: settings) == ["memory"])
        #expect(value("threads", in: settings) == ["all"])
        #expect(settings.arguments.prefix(3) == ["serve", "--queue=memory", "--api-keys=variable.txt"])
    }

    @Test func `JSON is read like YAML, with lists and flags`() throws {
        let yaml = try settings(["serve"], file: "serve:\n  cors-origin: [a, b]\n  verbose: true\n")
        let json = try settings(
            ["serve"], file: #"{"serve": {"cors-origin": ["a", "b"], "verbose": true}}"#, name: "settings.json")
        for settings in [yaml, json] {
            #expect(settings.arguments.contains("--cors-origin=a") && settings.arguments.contains("--cors-origin=b"))
            #expect(settings.arguments.contains("--verbose"))
        }
    }

    @Test func `the environment counts for serve only`() throws {
        let settings = try settings(["bench"], environment: ["SAKUGA_RUNS": "9"])
        #expect(value("runs", in: settings) == ["5"])
    }

    @Test func `help and subcommands without settings leave the command line as it is`() throws {
        #expect(try settings(["serve", "--help"], file: "nonsense").all.isEmpty)
        #expect(try settings(["keys", "new", "a"]).arguments == ["keys", "new", "a"])
    }

    @Test(arguments: [
        ("serve:\n  prot: 1\n", "'serve' has no setting 'prot'. Did you mean 'port'?"),
        ("sevre:\n  port: 1\n", "there is no section 'sevre'; there are bench, serve. Did you mean 'serve'?"),
        ("port: 1\n", "'port' is outside of the sections; move it under 'serve'."),
        ("serve:\n  port: [1, 2]\n", "'port' in 'serve' takes one value, not a list."),
        ("serve:\n  verbose: perhaps\n", "'verbose' in 'serve' must be true or false."),
        ("serve: 5\n", "'serve' is a section"), ("- serve\n", "is not a valid settings file"),
    ])
    func `a mistake in a file is reported with advice`(text: String, sentence: String) {
        let error = #expect(throws: SettingsError.self) { try settings(["serve"], file: text) }
        #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
    }

    @Test func `a misspelt variable is an error, an unrelated one is ignored`() throws {
        let error = #expect(throws: SettingsError.self) { try settings(["serve"], environment: ["SAKUGA_API_KEY": "keys.txt"]) }
        #expect(error?.description == "The variable SAKUGA_API_KEY is not a setting. Did you mean SAKUGA_API_KEYS?")
        _ = try settings(["serve"], environment: ["SAKUGA_SOMETHING_ELSE": "1", "SAKUGA_MODELS": "/models"])
    }

    @Test func `Kubernetes' variable of a Service is no port`() throws {
        let settings = try settings(["serve"], environment: ["SAKUGA_PORT": "tcp://10.0.0.1:7860"])
        #expect(value("port", in: settings) == ["7860"])
    }

    @Test func `passwords are masked in tables and messages`() throws {
        let url = "redis://queue:pass@word@127.0.0.1:6399/0"
        let settings = try settings(["serve"], environment: ["SAKUGA_QUEUE": url])
        #expect(settings.table.contains("redis://queue:***@127.0.0.1:6399/0"))
        #expect(!settings.table.contains("pass"))
        #expect(settings.masked("'\(url)' is invalid") == "'redis://queue:***@127.0.0.1:6399/0' is invalid")
    }

    @Test func `a message is followed by the origins of the settings that it mentions`() throws {
        let settings = try settings(["serve"], environment: ["SAKUGA_PORT": "high"])
        #expect(settings.origins(of: "--port must be a number.") == ["--port is set by the variable SAKUGA_PORT."])
        #expect(settings.origins(of: "The value 'high' is invalid.").count == 1)
        #expect(settings.origins(of: "--port-range is unknown.").isEmpty)
    }
}
