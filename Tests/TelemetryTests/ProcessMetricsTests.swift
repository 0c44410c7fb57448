import Foundation
import Telemetry
import Testing

@Suite struct ProcessMetricsTests {
    @Test func `the process has threads, memory and a start in the past`() throws {
        let metrics = ProcessMetrics.now()
        let resident = try #require(metrics.residentBytes), virtual = try #require(metrics.virtualBytes)
        #expect(resident > 1 << 20)
        #expect(virtual >= resident)
        #expect(try #require(metrics.threads) >= 1)
        #expect(try #require(metrics.cpuSeconds) > 0)
        let start = try #require(metrics.startTime)
        #expect(start > 1_600_000_000)
        #expect(start <= Date().timeIntervalSince1970 + 1)
    }

    @Test func `opened files are counted`() throws {
        // Other tests open and close files concurrently, at times more than this one; the measurement is repeated then.
        #expect(try (0..<20).contains { _ in try countsOpenedFiles() })
    }

    private func countsOpenedFiles() throws -> Bool {
        let before = try #require(ProcessMetrics.now().openDescriptors)
        let files = try (0..<200).map { _ in try #require(FileHandle(forReadingAtPath: "/dev/null")) }
        let open = try #require(ProcessMetrics.now().openDescriptors)
        #expect(open >= 200)
        if let most = ProcessMetrics.now().maximumDescriptors { #expect(most >= open) }
        for file in files { try file.close() }
        let after = try #require(ProcessMetrics.now().openDescriptors)
        return before < open && after < open
    }

    @Test func `the registry exposes the metrics under their standard names`() {
        let registry = PrometheusRegistry()
        registry.exposeProcess()
        let text = registry.exposition()
        for name in [
            "process_cpu_seconds_total counter", "process_resident_memory_bytes gauge", "process_virtual_memory_bytes gauge",
            "process_open_fds gauge", "process_start_time_seconds gauge", "process_threads gauge",
        ] {
            #expect(text.contains("# TYPE \(name)\n"))
        }
        #expect(registry.lines(of: "process_resident_memory_bytes").count == 1)
    }
}
