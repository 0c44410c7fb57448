import Foundation
import LoadGeneration

extension LoadTest {
    /// Starts the generator and the monitor, runs, and stops them again.
    func drive(_ shape: LoadShape) async throws(LoadTestError) -> LoadTestSummary {
        let monitor = try await TargetMonitor(plan.monitor, connection: plan.generator.connection)
        let generator: LoadGenerator
        do throws(GeneratorError) {
            generator = try await LoadGenerator.start(plan.generatorSettings(shape))
        } catch {
            throw LoadTestError(error)
        }
        let watching = Task { await monitor.watch() }
        await withTaskCancellationHandler {
            await loop(generator, monitor, shape)
        } onCancel: {
            Task { await self.stop() }
        }
        watching.cancel()
        return finish()
    }

    /// Drives the run tick by tick, then stops the generator.
    private func loop(_ generator: LoadGenerator, _ monitor: TargetMonitor, _ shape: LoadShape) async {
        var own = GeneratorWatch(now: Timestamp.now.uptimeSeconds)
        run = LoadRun(plan: plan, shape: shape, id: Self.newID(), now: .now)
        var action = run?.advance(.now)
        while true {
            if case .load(let level, let spawnRate)? = action { generator.apply(level, spawnRate: spawnRate) }
            if action == .finish || isStopping { break }
            show()
            await sleep(until: run?.nextTick ?? .now)
            await tick(collect: generator.collect, monitor, &own)
            action = decide()
        }
        phase = .stopping
        run?.closeStep(.now)
        publish(run?.snapshot(.stopping, now: .now) ?? LiveSnapshot())
        await tick(collect: { await generator.stop(grace: Self.grace) }, monitor, &own)
        if let abandoned = run?.last.window.abandoned, abandoned > 0 {
            run?.note("\(abandoned) requests were still in flight at the end and were cancelled; no figure includes them.")
        }
    }

    /// Collects what happened since the last tick.
    private func tick(
        collect: () async -> GeneratorWindow, _ monitor: TargetMonitor, _ own: inout GeneratorWatch
    ) async {
        let now = Timestamp.now
        let window = await collect()
        let figures = own.look(now: now.uptimeSeconds)
        let target = monitor.latest
        run?.take(window, target: target.figures, own: figures, now: now)
        for sentence in target.notes { run?.note(sentence) }
    }

    /// A change that was asked for goes before the plan.
    private func decide() -> LoadRun.Action? {
        let now = Timestamp.now
        if let change = pendingChange {
            pendingChange = nil
            return run?.change(to: change.shape, spawnRate: change.spawnRate, now: now)
        }
        return run?.advance(now)
    }

    private func show() {
        guard let snapshot = run?.snapshot(now: .now) else { return }
        phase = snapshot.phase
        publish(snapshot)
    }

    private func finish() -> LoadTestSummary {
        let now = Timestamp.now
        phase = .finished
        if let run { publish(run.snapshot(.finished, now: now)) }
        return run?.summary(now: now) ?? LoadRun(plan: plan, shape: plan.shape, id: Self.newID(), now: now).summary(now: now)
    }

    /// Sleeps until a time, or until the load is to change.
    private func sleep(until time: Timestamp) async {
        guard pendingChange == nil, !isStopping, !Task.isCancelled else { return }
        let now = Timestamp.now
        let nanoseconds = time.uptime > now.uptime ? time.uptime - now.uptime : 0
        let task = Task { _ = try? await Task.sleep(for: .nanoseconds(nanoseconds)) }
        sleeper = task
        await task.value
        sleeper = nil
    }

    /// An id that sorts by time and differs between runs of the same second.
    private static func newID() -> String {
        let format = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        return "\(Date().formatted(format))-\(String(UInt16.random(in: 0...UInt16.max), radix: 36))"
    }
}

extension LoadGenerator {
    fileprivate func apply(_ level: LoadLevel, spawnRate: Double) {
        switch level {
        case .users(let count): setUsers(count, spawnRate: spawnRate)
        case .rate(let rate): setRate(rate)
        }
    }
}

extension LoadPlan {
    /// The generator's settings for a shape.
    func generatorSettings(_ shape: LoadShape) -> GeneratorSettings {
        let isOpen = shape.stages.first?.from.isOpen ?? false
        var settings = generator
        settings.model = isOpen ? .open(arrivals, maximumInFlight: maximumInFlight) : .closed(wait)
        // Not from the seed: the service may have cached the photos of an earlier run. A photo's number has 56 bits.
        settings.firstNumber = UInt64.random(in: 0..<(1 << 20)) << 36
        return settings
    }
}
