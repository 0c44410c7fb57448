import Foundation
import LoadTesting

/// The verdicts as JUnit's XML, which CI systems show: a case for each objective in each step, and one for the generator.
struct JUnitReport {
    private let summary: LoadTestSummary

    init(_ summary: LoadTestSummary) { self.summary = summary }

    /// The file's text.
    var text: String {
        let cases = summary.steps.flatMap(cases) + [generatorCase]
        let count = { (kind: String) in cases.count { $0.contains("<\(kind) ") } }
        let seconds = Decimals.text(summary.ended.timeIntervalSince(summary.started), places: 3)
        let attributes = """
            tests="\(cases.count)" failures="\(count("failure"))" errors="\(count("error"))" skipped="\(count("skipped"))" time="\(seconds)"
            """
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="sakuga loadtest" \(attributes)>
              <testsuite name="\(XMLText.escaped(summary.target.url))" \(attributes) timestamp="\(timestamp)" hostname="\(host)">
                <properties>
                  <property name="id" value="\(XMLText.escaped(summary.id))"/>
                  <property name="load" value="\(XMLText.escaped(summary.load.shape))"/>
                  <property name="verdict" value="\(summary.verdict.outcome.rawValue)"/>
                </properties>
            \(cases.joined(separator: "\n"))
              </testsuite>
            </testsuites>

            """
    }

    private var timestamp: String { summary.started.formatted(.iso8601.timeZoneSeparator(.omitted)).replacing("Z", with: "") }
    private var host: String { XMLText.escaped(summary.environment.host) }

    private func cases(of step: StepSummary) -> [String] {
        step.objectives.map { verdict in
            let name = "\(verdict.objective.metric.name) at \(step.label)"
            return switch verdict.verdict {
            case .passed: testCase(name, step.seconds)
            case .failed: testCase(name, step.seconds, "failure", verdict.reason)
            case .unproven: testCase(name, step.seconds, "skipped", verdict.reason)
            }
        }
    }

    private var generatorCase: String {
        let name = "the load generator kept up"
        guard !summary.generator.isValid else { return testCase(name, 0) }
        return testCase(name, 0, "error", summary.generator.complaints.joined(separator: " "))
    }

    private func testCase(_ name: String, _ seconds: Double, _ kind: String? = nil, _ reason: String = "") -> String {
        let head =
            #"<testcase classname="loadtest" name="\#(XMLText.escaped(name))" time="\#(Decimals.text(seconds, places: 3))""#
        guard let kind else { return "    \(head)/>" }
        return #"    \#(head)><\#(kind) message="\#(XMLText.escaped(reason))"/></testcase>"#
    }
}

/// Text in XML or HTML.
enum XMLText {
    /// With what has a meaning there written as entities, and without what XML 1.0 has no place for.
    static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                escaped += " "
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
