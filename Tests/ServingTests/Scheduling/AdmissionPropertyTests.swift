import Serving
import Testing

/// Invariants under seeded random traffic in virtual time.
@Suite struct AdmissionPropertyTests {
    /// Seconds to the next of independent events with `rate` events a second on average.
    private func gap(_ rate: Double, _ generator: inout SeededGenerator) -> Double {
        -Double.random(in: 1e-9..<1, using: &generator).logarithm / rate
    }

    @Test(arguments: 1...12)
    func `limits hold, and every job ends exactly once`(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let limits = SchedulerLimits(
            slots: Int.random(in: 1...6, using: &generator), waitingJobs: Int.random(in: 0...40, using: &generator),
            waitingBytes: 200, memoryBytes: seed % 3 == 0 ? .max : 100)
        var simulation = MachineSimulation(limits: limits)
        for _ in 0..<1_000 {
            let pixels = pictureSizes[Int.random(in: 0..<3, using: &generator)]
            var job = request(
                "client \(Int.random(in: 0..<9, using: &generator))", pixels: pixels,
                memory: Int.random(in: 1...105, using: &generator), bytes: Int.random(in: 0...20, using: &generator),
                jobClass: Bool.random(using: &generator) ? .direct : .queued)
            if Int.random(in: 0..<3, using: &generator) == 0 {
                job.options.maximumWait = Double.random(in: 0...5, using: &generator)
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                job.options.deadline = simulation.time(in: Double.random(in: 0...4, using: &generator))
            }
            // Some predictions are far off.
            simulation.arrive(job, coreSeconds: trueCost(pixels) * Double.random(in: 0.3...3, using: &generator))
            if Int.random(in: 0..<5, using: &generator) == 0, let cancelled = simulation.waiting.randomElement(using: &generator)
            {
                simulation.cancel(cancelled)
            }
            if Int.random(in: 0..<20, using: &generator) == 0, let failing = simulation.running.randomElement(using: &generator) {
                simulation.fail(failing)
            }
            simulation.run(until: simulation.seconds + gap(Double(limits.slots) * 3, &generator))
        }
        simulation.run(until: simulation.seconds + 1_000)
        #expect(simulation.faults.isEmpty, "\(simulation.faults.prefix(3))")
        #expect(simulation.jobs.values.count { !$0.isSettled } == 0)
        #expect(simulation.controller.isIdle)
        #expect(simulation.jobs.values.contains { $0.done != nil })
    }

    @Test(arguments: [1, 2, 4, 16], [0.5, 0.95, 1.5, 10])
    func `admitted jobs are done within the maximum wait, and overload keeps all cores busy`(slots: Int, load: Double) {
        var generator = SeededGenerator(UInt64(slots) * 100 + UInt64(load * 10))
        var simulation = MachineSimulation.trained(.init(slots: slots))
        let first = simulation.seconds, workBefore = simulation.work
        let pixels = 512 * 512, maximumWait = 3.0, duration = max(12, 60 / Double(slots))
        var client = 0
        while simulation.seconds < first + duration {
            client += 1
            simulation.arrive(
                request("client \(client)", pixels: pixels, maximumWait: maximumWait), coreSeconds: trueCost(pixels))
            simulation.run(until: simulation.seconds + gap(load * Double(slots) / trueCost(pixels), &generator))
        }
        let busy = (simulation.work - workBefore) / (simulation.seconds - first) / Double(slots)
        simulation.run(until: simulation.seconds + 100)
        let direct = simulation.jobs.values.filter { $0.arrived >= first }
        let waits = direct.compactMap { job in job.done.map { $0 - job.arrived } }
        let kept = waits.count { $0 <= maximumWait * 1.1 }
        #expect(Double(kept) >= 0.95 * Double(waits.count))
        #expect(waits.allSatisfy { $0 <= maximumWait * 1.25 })
        // Nearly all rejected jobs are rejected at once.
        let late = direct.count { job in job.rejected.map { $0.time > job.arrived } ?? false }
        #expect(Double(late) <= 0.02 * Double(direct.count), "\(late) of \(direct.count) were rejected late")
        if load >= 1.5 { #expect(busy > 0.97, "busy \(busy)") }
        if load <= 0.5 { #expect(waits.count == direct.count) }
    }

    @Test(arguments: [1, 2, 8], [1 as UInt64, 2, 3])
    func `the maximum wait is kept with mixed sizes, many clients and a full queue`(slots: Int, seed: UInt64) {
        var generator = SeededGenerator(seed)
        var simulation = MachineSimulation.trained(.init(slots: slots))
        let first = simulation.seconds, maximumWait = 4.0
        for _ in 0..<slots { arriveFromStore(&simulation, &generator) }
        while simulation.seconds < first + 40 {
            let pixels = pictureSizes[Int.random(in: 0..<3, using: &generator)]
            let client = Bool.random(using: &generator) ? "flood" : "client \(Int.random(in: 0..<50, using: &generator))"
            simulation.arrive(request(client, pixels: pixels, maximumWait: maximumWait), coreSeconds: trueCost(pixels))
            let next = simulation.seconds + gap(4 * Double(slots), &generator)
            while simulation.seconds < next {
                simulation.run(until: min(next, simulation.seconds + 0.01))
                let claimed = simulation.ended.count { simulation.jobs[$0]?.request.options.jobClass == .queued }
                simulation.ended = []
                for _ in 0..<claimed { arriveFromStore(&simulation, &generator) }
            }
        }
        let direct = simulation.jobs.values.filter { $0.arrived >= first && $0.request.options.jobClass == .direct }
        let waits = direct.compactMap { job in job.done.map { $0 - job.arrived } }
        #expect(waits.count > 20)
        #expect(Double(waits.count { $0 <= maximumWait * 1.1 }) >= 0.95 * Double(waits.count))
        #expect(direct.allSatisfy { ($0.rejected?.time ?? 0) <= $0.arrived + maximumWait * 1.1 })
        #expect(simulation.faults.isEmpty)
    }

    private func arriveFromStore(_ simulation: inout MachineSimulation, _ generator: inout SeededGenerator) {
        let pixels = pictureSizes[Int.random(in: 0..<3, using: &generator)]
        simulation.arrive(request("store", pixels: pixels, jobClass: .queued), coreSeconds: trueCost(pixels))
    }

    @Test(arguments: [1, 2, 5], [0, 2])
    func `two busy classes share the cores evenly, whatever the sizes of their jobs`(slots: Int, large: Int) {
        var simulation = MachineSimulation.trained(.init(slots: slots))
        let first = simulation.seconds
        let pixels = PerJobClass(direct: pictureSizes[large], queued: pictureSizes[2 - large])
        while simulation.seconds < first + 120 {
            for jobClass in JobClass.allCases {
                while simulation.controller.waitingCount[jobClass] < slots + 1 {
                    simulation.arrive(
                        request(pixels: pixels[jobClass], jobClass: jobClass), coreSeconds: trueCost(pixels[jobClass]))
                }
            }
            simulation.run(until: simulation.seconds + 0.02)
        }
        let got = simulation.jobs.values.filter { $0.arrived >= first && $0.done != nil }
        let direct = got.reduce(0) { $1.request.options.jobClass == .direct ? $0 + $1.coreSeconds : $0 }
        let share = direct / got.reduce(0) { $0 + $1.coreSeconds }
        #expect((0.47...0.53).contains(share), "the direct class got \(share)")
    }

    @Test(arguments: 1...5)
    func `a job that needs all memory starts in bounded time under a flood of small ones`(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let slots = Int.random(in: 2...8, using: &generator)
        var simulation = MachineSimulation(limits: .init(slots: slots, memoryBytes: 100))
        var large: UInt64?
        for number in 0..<500 {
            if number == 100 { large = simulation.arrive(request("large", memory: 100), coreSeconds: 1) }
            while simulation.controller.waitingCount.direct < 2 * slots {
                simulation.arrive(request("client \(Int.random(in: 0..<20, using: &generator))", memory: 10), coreSeconds: 1)
            }
            simulation.run(until: simulation.seconds + 0.1)
        }
        let job = large.flatMap { simulation.jobs[$0] }
        let waited = (job?.started ?? .infinity) - (job?.arrived ?? 0)
        // The queue before it, then the passes, then the slots drain.
        #expect(waited <= 2 + 2 + 1 + 1)
        #expect(simulation.faults.isEmpty)
    }

    @Test func `a client with many jobs leaves the others their share`() {
        var simulation = MachineSimulation.trained(.init(slots: 2))
        let first = simulation.seconds
        while simulation.seconds < first + 50 {
            while simulation.controller.waitingCount.direct < 100 {
                simulation.arrive(request("flood", pixels: pictureSizes[1]), coreSeconds: trueCost(pictureSizes[1]))
            }
            for client in ["a", "b", "c"] {
                let isHere = simulation.waiting.contains { simulation.jobs[$0]?.request.options.client == client }
                if !isHere { simulation.arrive(request(client, pixels: pictureSizes[1]), coreSeconds: trueCost(pictureSizes[1])) }
            }
            simulation.run(until: simulation.seconds + 0.01)
        }
        let done = simulation.jobs.values.filter { $0.arrived >= first && $0.done != nil }
        let total = Double(done.count)
        for client in ["a", "b", "c"] {
            let share = Double(done.count { $0.request.options.client == client }) / total
            #expect(share > 0.2, "\(client) got \(share)")
        }
        #expect(Double(done.count { $0.request.options.client == "flood" }) / total > 0.15)
    }
}

extension Double {
    /// The natural logarithm of a number in 0...1, exact to nine places: enough for random gaps, without the C library.
    fileprivate var logarithm: Double {
        var value = self, halvings = 0.0
        while value < 0.75 {
            value *= 2
            halvings += 1
        }
        let t = (value - 1) / (value + 1)
        var sum = 0.0, power = t
        for k in 0..<12 {
            sum += power / Double(2 * k + 1)
            power *= t * t
        }
        return 2 * sum - halvings * 0.693147180559945309
    }
}
