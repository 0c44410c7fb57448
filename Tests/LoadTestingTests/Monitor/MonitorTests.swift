import Foundation
import LoadTesting
import Testing

@Suite struct MonitorTests {
    @Test func `Prometheus' text is read with labels, times and escapes, and summed by name`() throws {
        let metrics = try #require(
            PrometheusText(
                """
                # HELP process_cpu_seconds_total x
                process_cpu_seconds_total 12.5
                requests_total{path="/a b}\\"",code="200"} 3 1700000000000
                requests_total{path="/c"} 4
                broken{
                nothing
                infinite +Inf
                process_resident_memory_bytes 1.5e+06
                """))
        #expect(metrics.sums["requests_total"] == 7)
        #expect(metrics.value("process_cpu_seconds_total") == 12.5)
        #expect(metrics.value("nowhere", "process_resident_memory_bytes") == 1_500_000)
        #expect(metrics.sums["infinite"] == nil && metrics.sums["broken"] == nil)
        #expect(PrometheusText("<html>no metrics</html>") == nil)
    }

    @Test func `CPU time between two readings is the target's use, and a restart is not negative use`() throws {
        var reading = MetricsReading()
        func figures(_ seconds: Double, at time: Double) throws -> TargetFigures {
            reading.figures(
                try #require(PrometheusText("process_cpu_seconds_total \(seconds)\nsakuga_waiting_jobs 3\nsakuga_queue_jobs 4")),
                now: time)
        }
        let first = try figures(10, at: 100), second = try figures(13, at: 102)
        #expect(first.cpuPercent == nil)
        #expect(second.cpuPercent == 150)
        #expect(second.waiting == 3 && second.queued == 4 && second.queueLength == 7)
        let third = try figures(1, at: 104), fourth = try figures(2, at: 106)
        #expect(third.cpuPercent == nil)
        #expect(fourth.cpuPercent == 50)
    }

    @Test func `a process is counted with its children and theirs`() throws {
        let table = FamilyTable()
        table.processes = [1: .init(cpuSeconds: 10, residentBytes: 100, threads: 2, descriptors: 5)]
        var watch = try #require(ProcessTreeWatch(pid: 1, table: table, now: 0))
        table.processes[1]?.cpuSeconds = 11
        table.processes[2] = .init(cpuSeconds: 1, residentBytes: 50, threads: 1, descriptors: nil)
        table.processes[3] = .init(cpuSeconds: 1, residentBytes: 25, threads: 1, descriptors: 3)
        table.families = [1: [2], 2: [3, 1]]
        let look = watch.look(now: 2)
        let figures = try #require(look)
        #expect(figures.cpuPercent == 150)
        #expect(figures.residentBytes == 175 && figures.threads == 4 && figures.descriptors == 8 && figures.processes == 3)
        #expect(figures.cores == 4)
    }

    @Test func `a process that has ended is not mistaken for the next one with its number`() throws {
        let table = FamilyTable()
        table.processes = [1: .init(cpuSeconds: 10, startedAt: 7)]
        var watch = try #require(ProcessTreeWatch(pid: 1, table: table, now: 0))
        table.processes = [1: .init(cpuSeconds: 0, startedAt: 8)]
        let look = watch.look(now: 1)
        #expect(look == nil)
        #expect(ProcessTreeWatch(pid: 2, table: table, now: 0) == nil)
    }

    @Test func `this very process has threads, descriptors and memory, and uses the processor`() throws {
        let pid = Int(ProcessInfo.processInfo.processIdentifier)
        var watch = try #require(ProcessTreeWatch(pid: pid, now: 0))
        let look = watch.look(now: 1)
        let figures = try #require(look)
        #expect((figures.residentBytes ?? 0) > 1_000_000)
        #expect((figures.threads ?? 0) >= 1)
        #expect((figures.descriptors ?? 0) >= 3)
        #expect((figures.cores ?? 0) >= 1)
        #expect((figures.cpuPercent ?? -1) >= 0)
    }
}

/// Processes as the test says; used on one thread.
private final class FamilyTable: ProcessTable {
    nonisolated(unsafe) var processes: [Int: ProcessReading] = [:]
    nonisolated(unsafe) var families: [Int: [Int]] = [:]

    func reading(of pid: Int) -> ProcessReading? { processes[pid] }
    func children(of pid: Int) -> [Int] { families[pid] ?? [] }
    func cores(of pid: Int) -> Int? { 4 }
}
