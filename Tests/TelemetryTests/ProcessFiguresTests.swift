import Foundation
import Telemetry
import Testing

@Suite struct ProcessFiguresTests {
    @Test func `the process has threads, memory and a start in the past`() throws {
        let figures = ProcessFigures.now()
        let resident = try #require(figures.residentBytes), virtual = try #require(figures.virtualBytes)
        #expect(resident > 1 << 20)
        #expect(virtual >= resident)
        #expect(try #require(figures.threads) >= 1)
        #expect(try #require(figures.cpuSeconds) > 0)
        let start = try #require(figures.startTime)
        #expect(start > 1_600_000_000)
        #expect(start <= Date().timeIntervalSince1970 + 1)
    }

    @Test func `an opened file is one descriptor more`() throws {
        // Other tests open and close files meanwhile, now and then more than this one: it looks again then.
        #expect(try (0..<20).contains { _ in try isSeenOpeningFiles() })
    }

    private func isSeenOpeningFiles() throws -> Bool {
        let before = try #require(ProcessFigures.now().openDescriptors)
        let files = try (0..<200).map { _ in try #require(FileHandle(forReadingAtPath: "/dev/null")) }
        let open = try #require(ProcessFigures.now().openDescriptors)
        #expect(open >= 200)
        if let most = ProcessFigures.now().maximumDescriptors { #expect(most >= open) }
        for file in files { try file.close() }
        let after = try #require(ProcessFigures.now().openDescriptors)
        return before < open && after < open
    }

    @Test func `the registry exposes the figures under their usual names`() {
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
