import LoadGeneration
import LoadTestReports
import LoadTesting
import Testing

/// What a terminal shows of steps and of a whole run.
struct SummaryTextTests {
    @Test func `the table has the columns that were asked for, one line a step`() {
        let lines = StepTable(MadeUpRun.full.steps).lines()
        #expect(
            lines[0].split(separator: " ").map(String.init) == ["users", "QPS", "mean", "P95", "errors", "CPU", "RSS", "verdict"])
        #expect(lines.count >= 6)
        #expect(lines[1].hasSuffix("pass") || lines[1].hasSuffix("unproven"))
        #expect(lines[5].contains("FAIL (p95"))
    }

    @Test func `a table without steps has no lines`() {
        #expect(StepTable([]).lines().isEmpty)
    }

    @Test(arguments: [20, 40, 60, 80, 120])
    func `no line is wider than the terminal, Chinese text or not`(width: Int) {
        var run = MadeUpRun(users: [5, 60], secondsPerStep: 5)
        run.label = RequestLabel(method: "POST", name: "图片转换接口/很长很长的名字/很长很长的名字")
        run.sample = String(repeating: "队列已满", count: 60)
        for line in SummaryText(run.summary).lines(width: width) {
            #expect(columns(line) <= max(width, 20) || !line.contains(" "), "\(line)")
        }
        for line in StepTable(run.summary.steps).lines(width: width) where !line.hasPrefix("~") {
            #expect(columns(line) <= width)
        }
    }

    @Test func `what a server sent can't steer the terminal`() {
        var run = MadeUpRun(users: [60], secondsPerStep: 5)
        run.sample = "\u{1B}[2J\u{1B}]0;owned\u{7}\r\nnext"
        run.label.name = "/a\u{1B}[31m\u{202E}b"
        let lines = SummaryText(run.summary).lines()
        #expect(!lines.isEmpty)
        for line in lines {
            #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control || $0 == "\u{202E}" })
        }
    }

    @Test func `the verdict comes first, then why, failures and capacity`() throws {
        let lines = SummaryText(MadeUpRun.full).lines()
        #expect(lines[0].hasSuffix("FAILED"))
        #expect(lines.contains("Failures"))
        #expect(lines.contains("Capacity"))
    }

    /// Columns by a rule that is not the one tested: everything from U+1100 on in these texts is wide.
    private func columns(_ line: String) -> Int {
        line.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) }
    }

    @Test func `the headline does not blame the target for too few users`() {
        var run = MadeUpRun(users: [5], secondsPerStep: 60)
        run.objectives = [Objective(.percentile(95), 3), Objective(.throughput, 8)]
        let lines = SummaryText(run.summary).lines()
        #expect(lines[0].hasSuffix("NOT REACHED: too few users, not a limit of the target"), "\(lines[0])")
        #expect(lines.contains { $0.contains("FAIL (qps: too few users)") })
    }
}
