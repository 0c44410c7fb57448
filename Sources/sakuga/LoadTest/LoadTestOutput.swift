import ArgumentParser

/// The flags about where results go.
struct LoadTestOutput: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write report.html, summary.json, CSVs as Locust's, a histogram log and JUnit XML here.", valueName: "folder"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Control and watch the test in a browser on this port, of this machine only unless HOST:PORT.", valueName: "port"))
    var console: ConsoleAddress?

    @Flag(help: "With --console: begin at once instead of waiting for the page.")
    var autostart = false

    @Flag(help: "No console and no live view: plain lines, and the end when the test ends.")
    var headless = false
}

/// Where the console listens: `8089`, `0.0.0.0:8089`.
struct ConsoleAddress: ExpressibleByArgument {
    var host = "127.0.0.1"
    var port: Int

    init?(argument: String) {
        var text = argument[...]
        if let colon = argument.lastIndex(of: ":") {
            host = argument[..<colon].filter { $0 != "[" && $0 != "]" }
            text = argument[argument.index(after: colon)...]
        }
        guard let port = Int(text), (0...65535).contains(port), !host.isEmpty else { return nil }
        self.port = port
    }
}
