import ArgumentParser
import Foundation
import LoadGeneration
import LoadTestConsole
import LoadTesting
import Logging
import OptionValues
import ServiceLifecycle
import Synchronization
import UnixSignals
import WebPages

/// Serves a console that controls and shows a test in a browser, until Ctrl-C.
struct LoadTestConsoleSession: Sendable {
    let test: LoadTest
    let address: ListeningAddress
    let output: OutputOptions

    func run() async throws {
        do throws(LoadTestError) { try await test.tryMonitor() } catch { throw LoadTestFailure.ending(error) }
        var logger = Logger(label: "sakuga.loadtest")
        logger.logLevel = .error
        let isListening = Flag()
        do {
            let console = try ConsoleServer(
                configuration: configuration, control: test, logger: logger,
                onRun: { [report = output.report] summary in await Self.publish(summary, in: report) },
                onListening: { [address] port in
                    isListening.isSet.store(true, ordering: .relaxed)
                    Self.say("The load test's console is at \(address.url(port: port))")
                })
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: console)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            if output.autostart { try await console.start() }
            try await group.run()
        } catch let error as ConsoleError {
            throw LoadTestFailure.ending(error)
        } catch let error as PageError {
            throw LoadTestFailure.ending(error)
        } catch {
            guard !isListening.isSet.load(ordering: .relaxed) else { throw LoadTestFailure.ending(error) }
            throw LoadTestFailure.notListening(error, at: address)
        }
    }

    /// Writes the report into a folder of its own: a console can have many runs.
    private static func publish(_ summary: LoadTestSummary, in report: String?) async {
        guard let report else { return }
        try? await LoadTestResult(summary: summary, report: "\(report)/\(summary.id)").publish()
    }

    private var configuration: ConsoleConfiguration {
        let plan = test.plan, level = plan.shape.peak
        let isOpen = level?.isOpen ?? false
        var configuration = ConsoleConfiguration(
            profile: ConsoleProfile(
                target: plan.target.address, requests: plan.requests.labels, isOpen: isOpen, load: level?.number ?? 10,
                spawnRate: plan.spawnRate, wait: isOpen ? nil : plan.wait.text, shape: plan.shape.text,
                objectives: plan.objectives.map(\.description), version: plan.version))
        configuration.host = address.host
        configuration.port = address.port
        return configuration
    }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
}

/// Whether an event has happened.
private final class Flag: Sendable {
    let isSet = Atomic(false)
}
