import Foundation
import LoadGeneration
import LoadTestReports
import LoadTesting
import Testing

/// The CSV files that programs made for Locust's read.
struct LocustFilesTests {
    private func file(_ name: String, of summary: LoadTestSummary) throws -> String {
        String(decoding: try #require(try LoadReport(summary).file(name)), as: UTF8.self)
    }

    @Test func `the columns are Locust's`() throws {
        let summary = MadeUpRun(users: [5], secondsPerStep: 3).summary
        let percents = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
        let heads = [
            "sakuga_stats.csv":
                "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,"
                + "Average Content Size,Requests/s,Failures/s,\(percents)",
            "sakuga_stats_history.csv":
                "Timestamp,User Count,Type,Name,Requests/s,Failures/s,\(percents),Total Request Count,Total Failure Count,"
                + "Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size",
            "sakuga_failures.csv": "Method,Name,Error,Occurrences,First Seen,Last Seen",
            "sakuga_exceptions.csv": "Count,Message,Traceback,Nodes",
        ]
        for (name, head) in heads {
            let lines = try file(name, of: summary).components(separatedBy: "\r\n")
            #expect(lines.first == head)
            #expect(lines.last == "")
            for line in lines.dropLast() {
                #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == head.split(separator: ",").count)
            }
        }
    }

    @Test func `requests are sorted and followed by all of them together`() throws {
        let summary = MadeUpRun(users: [5, 60], secondsPerStep: 10).summary
        let lines = try file("sakuga_stats.csv", of: summary).components(separatedBy: "\r\n")
        #expect(lines[1].hasPrefix("POST,/api/predict/,"))
        #expect(lines[2].hasPrefix(",Aggregated,"))
        let fields = lines[2].components(separatedBy: ",")
        let ended = summary.steps.reduce(0) { $0 + $1.counts.ended }, failed = summary.steps.reduce(0) { $0 + $1.counts.failed }
        #expect(fields[2] == "\(ended)" && fields[3] == "\(failed)")
        #expect(failed > 0)
        // Medians are whole milliseconds, means are not rounded.
        #expect(Int(fields[4]) != nil && fields[5].contains("."))
    }

    @Test func `the history counts up`() throws {
        let summary = MadeUpRun(users: [5], secondsPerStep: 10).summary
        let lines = try file("sakuga_stats_history.csv", of: summary).components(separatedBy: "\r\n").dropFirst().dropLast()
        #expect(lines.count == summary.timeline.count)
        let totals = lines.map { Int($0.components(separatedBy: ",")[17]) ?? -1 }
        #expect(totals == totals.sorted() && totals.last == summary.timeline.reduce(0) { $0 + $1.counts.ended })
    }

    @Test func `names with commas, quotes and line ends stay one field`() throws {
        var run = MadeUpRun(users: [60], secondsPerStep: 5)
        run.label = RequestLabel(method: "POST", name: "a, \"b\"\nc")
        let text = try file("sakuga_stats.csv", of: run.summary)
        #expect(text.contains("POST,\"a, \"\"b\"\"\nc\","))
    }
}
