import Foundation
import LoadGeneration

extension LoadTest {
    /// Sets everything up, runs, and takes it all down again.
    func drive(_ shape: LoadShape) async throws(LoadTestError) -> LoadTestSummary {
        let monitor = try await TargetMonitor(plan.monitor, connection: plan.connection)
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

    /// The run, tick by tick, and the end of the generator.
    private func loop(_ generator: LoadGenerator, _ monitor: TargetMonitor, _ shape: LoadShape) async {
        var own = GeneratorWatch(now: Moment.now.uptimeSeconds)
        run = LoadRun(plan: plan, shape: shape, id: Self.newID(), now: .now)
        var order = run?.advance(.now)
        while true {
            if case .load(let level, let spawnRate)? = order { generator.apply(level, spawnRate: spawnRate) }
            if order == .finish || isStopping { break }
            show()
            await sleep(until: run?.nextMoment ?? .now)
            await tick(try: generator.collect, monitor, &own)
            order = decide()
        }
        phase = .stopping
        run?.closeStep(.now)
        publish(run?.snapshot(.stopping, now: .now) ?? LiveSnapshot())
        await tick(try: { await generator.stop(grace: Self.grace) }, monitor, &own)
        if let abandoned = run?.last.window.abandoned, abandoned > 0 {
            run?.note("\(abandoned) requests were still under way at the end and were cut; they are in no figure.")
        }
    }

    /// One look at everything.
    private func tick(
        try collect: () async -> GeneratorWindow, _ monitor: TargetMonitor, _ own: inout GeneratorWatch
    ) async {
        let now = Moment.now
        let window = await collect()
        let figures = own.look(now: now.uptimeSeconds)
        let target = monitor.latest
        run?.take(window, target: target.figures, own: figures, now: now)
        for sentence in target.notes { run?.note(sentence) }
    }

    /// What people wish goes before what the plan says.
    private func decide() -> LoadRun.Order? {
        let now = Moment.now
        if case .shape(let shape, let spawnRate)? = wish {
            wish = nil
            return run?.turn(to: shape, spawnRate: spawnRate, now: now)
        }
        return run?.advance(now)
    }

    private func show() {
        guard let snapshot = run?.snapshot(now: .now) else { return }
        phase = snapshot.phase
        publish(snapshot)
    }

    private func finish() -> LoadTestSummary {
        let now = Moment.now
        phase = .finished
        if let run { publish(run.snapshot(.finished, now: now)) }
        return run?.summary(now: now) ?? LoadRun(plan: plan, shape: plan.shape, id: Self.newID(), now: now).summary(now: now)
    }

    /// Sleeps, unless a wish comes.
    private func sleep(until moment: Moment) async {
        guard wish == nil, !isStopping, !Task.isCancelled else { return }
        let now = Moment.now
        let nanoseconds = moment.uptime > now.uptime ? moment.uptime - now.uptime : 0
        let task = Task { _ = try? await Task.sleep(for: .nanoseconds(nanoseconds)) }
        sleeper = task
        await task.value
        sleeper = nil
    }

    /// Sorts by time; tells runs of the same second apart.
    private static func newID() -> String {
        let format = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        return "\(Date().formatted(format))-\(String(UInt16.random(in: 0...UInt16.max), radix: 36))"
    }
}

extension Moment {
    /// Seconds of the monotonic clock.
    var uptimeSeconds: Double { Double(uptime) / 1e9 }
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
    /// The generator that a shape needs.
    func generatorSettings(_ shape: LoadShape) -> GeneratorSettings {
        let isOpen = shape.stages.first?.from.isOpen ?? false
        var settings = GeneratorSettings(
            target: target, requests: requests,
            model: isOpen ? .open(arrivals, maximumInFlight: maximumInFlight) : .closed(wait))
        settings.connection = connection
        settings.follow = follow
        settings.threads = threads
        settings.seed = seed
        // Not of the seed: a service may still have in its cache what the same run asked before. A photo's mark has 56 bits.
        settings.firstNumber = UInt64.random(in: 0..<(1 << 20)) << 36
        return settings
    }
}
