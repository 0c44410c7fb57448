import LoadTesting

/// A plan as a drawing: response times and utilisation over the size of the fleet.
package struct PlanChart {
    private let plan: CapacityPlan

    /// Draws a plan.
    package init(_ plan: CapacityPlan) {
        self.plan = plan
    }

    private static let width = 760.0, height = 380.0
    private static let left = 64.0, right = 56.0, top = 44.0, bottom = 48.0

    private var points: [PlanPoint] { plan.points }

    /// The limit that the chart shows: the first time among the objectives.
    private var limit: (name: String, seconds: Double)? {
        plan.objectives.lazy.compactMap { objective in
            switch objective.metric {
            case .percentile, .mean, .maximum: (objective.metric.name, objective.limit)
            case .errors, .throughput, .cpu, .residentBytes: nil
            }
        }.first
    }

    private var highest: Double {
        let most = max(points.map(\.p99).max() ?? 1, (limit?.seconds ?? 0) * 1.15)
        return Self.ceiling(most > 0 ? most : 1)
    }

    /// The next 1, 2, 2.5 or 5 times a power of ten.
    private static func ceiling(_ value: Double) -> Double {
        var power = 1.0
        while power < value { power *= 10 }
        while power / 10 >= value { power /= 10 }
        return [0.1, 0.2, 0.25, 0.5, 1].map { $0 * power }.first { $0 >= value } ?? power
    }

    private func x(_ instances: Int) -> Double {
        guard let first = points.first?.instances, let last = points.last?.instances, last > first else {
            return (Self.left + Self.width - Self.right) / 2
        }
        return Self.left + (Self.width - Self.left - Self.right) * Double(instances - first) / Double(last - first)
    }

    private func y(_ part: Double) -> Double {
        Self.height - Self.bottom - (Self.height - Self.top - Self.bottom) * min(1, max(0, part))
    }

    /// An SVG document.
    package var svg: String { drawing(heading: title) }

    private func drawing(heading: String) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
        aria-label="Response times over the number of instances" font-family="system-ui, sans-serif" font-size="12">
        <rect width="100%" height="100%" fill="#ffffff"/>
        <text x="\(Int(Self.left))" y="22" font-size="15" font-weight="600" fill="#1f2430">\(heading)</text>
        \(grid)
        \(answerLine)
        \(limitLine)
        \(curve("#94a3b8", "P50") { $0.p50 / highest })
        \(curve("#2563eb", "P95") { $0.p95 / highest })
        \(curve("#7c3aed", "P99") { $0.p99 / highest })
        \(curve("#d97706", "busy", dashed: true) { $0.utilization })
        \(legend)
        </svg>

        """
    }

    /// A page with the drawing and its table, in one file.
    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; color: #1f2430; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
        th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid #e2e6ee }
        .answer { background: #eaf2ff; font-weight: 600 } .failed { color: #b42318 } .passed { color: #15803d }
        svg { width: 100%; height: auto; border: 1px solid #e2e6ee; border-radius: 8px }
        </style></head><body>
        <h1>\(title)</h1>
        \(drawing(heading: "Response times over the size of the fleet"))
        <table><thead><tr><th>instances</th><th>busy</th><th>answers/s</th><th>mean</th><th>P50</th><th>P95</th><th>P99</th>\
        <th>turned away</th><th>verdict</th></tr></thead><tbody>
        \(points.map(row).joined(separator: "\n"))
        </tbody></table>
        <ul>\(plan.remarks.map { "<li>\(Self.escaped($0))</li>" }.joined())</ul>
        </body></html>

        """
    }

    private var title: String {
        let need = plan.instances.map { "\($0) instance\($0 == 1 ? "" : "s")" } ?? "no fleet"
        let objectives = plan.objectives.map(\.description).joined(separator: ", ")
        return Self.escaped("\(Decimals.text(plan.targetRate)) requests a second with \(objectives): \(need)")
    }

    private func row(_ point: PlanPoint) -> String {
        let times = [point.mean, point.p50, point.p95, point.p99].map { "<td>\(PlanText.time($0))</td>" }.joined()
        let isAnswer = point.instances == plan.instances
        return "<tr\(isAnswer ? " class=\"answer\"" : "")><td>\(point.instances)</td>"
            + "<td>\(Decimals.text(point.utilization * 100, places: 0)) %</td><td>\(Decimals.text(point.throughput))</td>\(times)"
            + "<td>\(Decimals.text(point.errorRate * 100, places: 2)) %</td>"
            + "<td class=\"\(point.verdict.rawValue)\">\(point.verdict.rawValue)</td></tr>"
    }

    private var grid: String {
        let lines = (0...4).map { step in
            let part = Double(step) / 4, y = y(part)
            return """
                <line x1="\(Self.left)" y1="\(y)" x2="\(Self.width - Self.right)" y2="\(y)" stroke="#e2e6ee"/>\
                <text x="\(Self.left - 8)" y="\(y + 4)" text-anchor="end" fill="#5b6475">\(PlanText.time(part * highest))</text>\
                <text x="\(Self.width - Self.right + 8)" y="\(y + 4)" fill="#d97706">\(Int(part * 100)) %</text>
                """
        }
        return (lines + labels).joined(separator: "\n")
    }

    /// The sizes under the axis, without those that would overlap.
    private var labels: [String] {
        var last = -Double.infinity
        return points.compactMap { point in
            let x = x(point.instances)
            guard x - last >= 36 || point.instances == plan.instances else { return nil }
            last = x
            let weight = point.instances == plan.instances ? " font-weight=\"700\"" : ""
            return """
                <text x="\(x)" y="\(Self.height - Self.bottom + 18)" text-anchor="middle" fill="#5b6475"\(weight)>\(point.instances)</text>
                """
        } + [
            """
            <text x="\((Self.left + Self.width - Self.right) / 2)" y="\(Self.height - 10)" text-anchor="middle" fill="#5b6475">instances</text>
            """
        ]
    }

    private var limitLine: String {
        guard let limit else { return "" }
        let y = y(limit.seconds / highest)
        return """
            <line x1="\(Self.left)" y1="\(y)" x2="\(Self.width - Self.right)" y2="\(y)" stroke="#b42318" stroke-dasharray="6 4"/>\
            <text x="\(Self.width - Self.right - 4)" y="\(y - 5)" text-anchor="end" fill="#b42318">\(limit.name) ≤ \(PlanText.time(limit.seconds))</text>
            """
    }

    private var answerLine: String {
        guard let instances = plan.instances else { return "" }
        return """
            <line x1="\(x(instances))" y1="\(Self.top)" x2="\(x(instances))" y2="\(Self.height - Self.bottom)" stroke="#bcd4ff" stroke-width="10"/>
            """
    }

    private func curve(_ colour: String, _ name: String, dashed: Bool = false, _ part: (PlanPoint) -> Double) -> String {
        let places = points.map { "\(Decimals.text(x($0.instances), places: 1)),\(Decimals.text(y(part($0)), places: 1))" }
        let dots = points.map { point in
            """
            <circle cx="\(Decimals.text(x(point.instances), places: 1))" cy="\(Decimals.text(y(part(point)), places: 1))" r="3" fill="\(colour)"/>
            """
        }
        let style = dashed ? " stroke-dasharray=\"3 3\"" : ""
        return """
            <polyline points="\(places.joined(separator: " "))" fill="none" stroke="\(colour)" stroke-width="2"\(style)><title>\(name)</title></polyline>
            """ + dots.joined()
    }

    private var legend: String {
        let names = [("#94a3b8", "P50"), ("#2563eb", "P95"), ("#7c3aed", "P99"), ("#d97706", "cores busy (right)")]
        return names.enumerated().map { index, name in
            let x = Self.left + Double(index) * 70
            return """
                <rect x="\(x)" y="30" width="10" height="10" rx="2" fill="\(name.0)"/><text x="\(x + 15)" y="39" fill="#5b6475">\(name.1)</text>
                """
        }.joined()
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
