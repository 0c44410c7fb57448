package import Foundation

/// Chart.js as the system has it: Debian and Ubuntu install it with `libjs-chart.js`.
package enum ChartScript {
    /// Where systems keep it. Homebrew has no package; there, `SAKUGA_CHART_JS` names the file.
    private static let places = [
        "/usr/share/javascript/chart.js/chart.min.js",
        "/usr/share/nodejs/chart.js/dist/chart.min.js",
        "/usr/local/share/javascript/chart.js/chart.min.js",
    ]
    private static let mostBytes = 4 << 20

    /// The script's bytes (UTF-8); nil where there is none, and pages then show tables without charts.
    package static func load(environment: [String: String] = ProcessInfo.processInfo.environment) -> Data? {
        let named = environment["SAKUGA_CHART_JS"].map { [$0] } ?? places
        for path in named {
            guard let data = FileManager.default.contents(atPath: path), data.count <= mostBytes, !data.isEmpty else { continue }
            return data
        }
        return nil
    }
}
