import EngineBenchmark
import Foundation
import Testing

@Suite struct EngineBenchmarkTests {
    /// Three runs of one second, two and three, with two layers each.
    private var report: BenchmarkReport {
        let runs = [2.0, 1, 3].map { seconds in
            BenchmarkReport.Run(
                seconds: seconds,
                layers: [
                    BenchmarkReport.Layer(
                        name: "a", algorithm: "gemm", seconds: seconds * 0.75, directMultiplications: 4_000_000_000,
                        executedMultiplications: 2_000_000_000),
                    BenchmarkReport.Layer(
                        name: "b", algorithm: "winograd", seconds: seconds * 0.25, directMultiplications: 2_000_000_000,
                        executedMultiplications: 1_000_000_000),
                ])
        }
        return BenchmarkReport(height: 64, width: 96, threads: 2, atOnce: 1, isa: "avx2", peak: 3e9, runs: runs)
    }

    @Test func `the text has medians and rates`() {
        let text = report.text(layers: false)
        #expect(text.hasPrefix("96x64  avx2  2 threads  median 2000.0 ms  min 1000.0  max 3000.0  0.50 pictures/s"))
        #expect(text.contains("3 GMAC/s effective (2 executed, 25% of the peak)"))
    }

    @Test func `with layers there is a line for each`() {
        let lines = report.text(layers: true).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1].hasPrefix("a                   gemm") && lines[1].contains("75.0%"))
    }

    @Test func `the JSON has the documented keys`() throws {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any])
        #expect(object["median_ms"] as? Double == 2_000)
        #expect(object["floor_ms"] as? Double == 500)
        #expect(object["runs"] as? Int == 3)
        #expect((object["layers"] as? [[String: Any]])?.map { $0["name"] as? String } == ["a", "b"])
        #expect((object["peak_rss_bytes"] as? Int ?? 0) > 0)
    }
}
