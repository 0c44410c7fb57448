import Foundation
import JobQueue
import JobQueueRedis
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A redis-server of a test's own, on a free port, with its data in a folder of its own.
final class RedisServer: Sendable {
    let folder: JobFolder
    let port: Int
    private let arguments: [String]
    private let process: Mutex<Process?>

    /// Starts a server and waits until it accepts connections.
    init(_ options: [String] = [], usesTLS: Bool = false, in folder: JobFolder? = nil) async throws {
        self.folder = try folder ?? JobFolder()
        port = Self.freePort()
        let ports = usesTLS ? ["--port", "0", "--tls-port", "\(port)"] : ["--port", "\(port)"]
        arguments =
            ports + ["--bind", "127.0.0.1", "--save", "", "--dir", self.folder.url.path, "--loglevel", "notice"]
            + (options.contains("--appendonly") ? [] : ["--appendonly", "no"]) + options
        process = Mutex(nil)
        try await start()
    }

    deinit { kill() }

    private static let nextPort = Mutex(20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 100 * 100)

    /// A free port below the ephemeral ports of the system: it stays free until the server listens, and while it is stopped.
    private static func freePort() -> Int {
        nextPort.withLock { next in
            while true {
                next += 1
                if let free = try? LocalSocket.listen(port: next) {
                    LocalSocket.close(free.socket)
                    return next
                }
            }
        }
    }

    /// Its address.
    var address: RedisAddress {
        get throws { try RedisAddress("redis://127.0.0.1:\(port)") }
    }

    /// A store on it.
    func store(_ limits: JobStoreLimits = JobStoreLimits()) throws -> RedisJobStore {
        RedisJobStore(at: try address, limits: limits)
    }

    /// Starts it (again) on the same port and folder.
    func start() async throws {
        guard let path = Self.path else {
            throw UnexpectedAnswer(
                "redis-server is not installed, and the tests of the Redis store need it: apt-get install redis-server")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        self.process.withLock { $0 = process }
        try await Self.untilReady(output.fileHandleForReading)
    }

    /// Kills it, as a power failure would.
    func kill() {
        process.withLock { process in
            guard let running = process, running.isRunning else { return }
            send(SIGKILL, to: running)
            running.waitUntilExit()
            process = nil
        }
    }

    /// Suspends it, so that it accepts connections and does not reply; or resumes it.
    func freeze(_ isFrozen: Bool) {
        process.withLock { process in
            if let process { send(isFrozen ? SIGSTOP : SIGCONT, to: process) }
        }
    }

    /// Reads the server's log until it is ready, and drains the rest in the background so that the pipe never fills.
    private static func untilReady(_ log: FileHandle) async throws {
        let (ready, continuation) = AsyncStream<Void>.makeStream()
        let text = Mutexed("")
        log.readabilityHandler = { log in
            let data = log.availableData
            if data.isEmpty {
                log.readabilityHandler = nil
                continuation.finish()
            }
            text.change { $0 += String(decoding: data, as: UTF8.self) }
            if text.value.contains("Ready to accept connections") {
                continuation.yield()
                text.change { $0 = "" }
            }
        }
        for await _ in ready { return }
        throw UnexpectedAnswer("redis-server has ended: \(text.value)")
    }

    private func send(_ signal: Int32, to process: Process) {
        #if canImport(Glibc)
            _ = Glibc.kill(process.processIdentifier, signal)
        #else
            _ = Darwin.kill(process.processIdentifier, signal)
        #endif
    }

    /// The output of redis-cli, as an operator sees it.
    func cli(_ words: String...) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["redis-cli", "-p", "\(port)"] + words
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static var path: String? {
        let folders =
            (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":") + ["/usr/bin", "/usr/local/bin"]
        return folders.map { "\($0)/redis-server" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// Polls `condition`, which another process brings about, for two minutes at least.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<12_000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw UnexpectedAnswer("not in time: \(what)")
}
