import Foundation
import LoadTestReports
import LoadTesting
import Testing

/// The screen of a running test and the lines where there is none.
struct LiveScreenTests {
    private func snapshot(_ elapsed: Double = 134, phase: LiveSnapshot.Phase = .measuring) -> LiveSnapshot {
        var snapshot = LiveSnapshot(phase: phase, time: Date(timeIntervalSince1970: 1_790_000_000))
        snapshot.elapsed = elapsed
        snapshot.remaining = 300 - elapsed
        snapshot.stage = LiveSnapshot.Stage(index: 2, count: 5, label: "20 users", elapsed: 22, seconds: 60, dropped: 4)
        snapshot.level = .users(20)
        snapshot.users = 20
        snapshot.inFlight = 7
        snapshot.second.requests = 8
        snapshot.second.seconds = 1
        snapshot.second.throughput = 8
        snapshot.second.p95 = 851
        snapshot.window = snapshot.second
        snapshot.failures = [.init(request: "POST /图片", cause: "status 503", count: 3, sample: "队列\u{1B}[2J已满")]
        return snapshot
    }

    private func plain(_ line: String) -> String { line.replacing(/\u{1B}\[[0-9;]*m/, with: "") }

    @Test func `it shows where the test stands and how much is left`() {
        let lines = LiveScreen(target: "http://127.0.0.1:7860").frame(snapshot(), steps: [], size: .init(columns: 80, rows: 24))
            .map(plain)
        #expect(lines[0].hasPrefix("Sakuga load test · http://127.0.0.1:7860") && lines[0].hasSuffix("2:14 / 5:00"))
        #expect(lines[1].hasSuffix("44%  2:46 left"))
        #expect(lines[2] == "Step 3 of 5: 20 users · measuring, 0:22 of 1:00")
        #expect(lines.contains { $0.contains("0.85s") })
        #expect(lines.contains { $0.hasPrefix("3 × status 503, POST /图片: 队列 [2J已满") })
    }

    @Test(arguments: [(20, 8), (40, 12), (80, 24), (200, 60)])
    func `it fits into the terminal whatever its size`(columns: Int, rows: Int) {
        let steps = Array(repeatElement(MadeUpRun.full.steps, count: 6).joined())
        let size = LiveScreen.Size(columns: columns, rows: rows)
        let lines = LiveScreen(target: "http://很长的名字.example:7860/接口").frame(snapshot(), steps: steps, size: size).map(plain)
        #expect(lines.count < rows)
        for line in lines { #expect(line.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) } <= columns, "\(line)") }
        #expect(!lines.contains { $0.contains("\u{1B}") })
    }

    @Test func `the latest steps are shown where not all fit`() {
        let steps = Array(repeatElement(MadeUpRun.full.steps[0], count: 12)) + [MadeUpRun.full.steps[4]]
        let lines = LiveScreen(target: "x").frame(snapshot(), steps: steps, size: .init(columns: 100, rows: 22))
        #expect(lines.contains { $0.hasPrefix("   50  ") })
        #expect(lines.count { $0.hasPrefix("    5  ") } < 12)
    }

    @Test func `without a terminal a line comes at each interval and when something changes`() {
        var progress = PlainProgress(interval: 10)
        let steps = MadeUpRun(users: [5, 10], secondsPerStep: 3).summary.steps
        #expect(progress.lines(snapshot(0, phase: .starting), steps: []).count == 1)
        #expect(progress.lines(snapshot(1, phase: .measuring), steps: []).count == 1)
        #expect(progress.lines(snapshot(2), steps: []).isEmpty)
        #expect(progress.lines(snapshot(11), steps: []).first?.contains("step 3/5") == true)
        let first = progress.lines(snapshot(12), steps: Array(steps.prefix(1)))
        #expect(first.first?.contains("QPS") == true && first.count == 2)
        let second = progress.lines(snapshot(13), steps: steps)
        #expect(second.count == 1 && !second[0].contains("QPS"))
        #expect(progress.lines(LiveSnapshot(), steps: steps).isEmpty)
    }

    @Test func `what is no terminal gets no screen`() throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/null"))
        #expect(TerminalSession(descriptor: file.fileDescriptor, terminal: "xterm") == nil)
    }
}
