import Foundation
import JobQueue
import JobQueueRedis
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A real redis-server of a test's own, on a free port, with its data in a folder that goes with it.
final class RedisServer: Sendable {
    let folder: JobFolder
    let port: Int
    private let arguments: [String]
    private let process: Mutex<Process?>

    /// Starts a server and waits until it answers.
    init(_ options: [String] = [], usesTLS: Bool = false, in folder: JobFolder? = nil) async throws {
        self.folder = try folder ?? JobFolder()
        port = Self.freePort()
        let ports = usesTLS ? ["--port", "0", "--tls-port", "\(port)"] : ["--port", "\(port)"]
        arguments =
            ports + ["--bind", "127.0.0.1", "--save", "", "--dir", self.folder.url.path, "--loglevel", "warning"]
            + (options.contains("--appendonly") ? [] : ["--appendonly", "no"]) + options
        process = Mutex(nil)
        try await start()
    }

    deinit { kill() }

    private static let nextPort = Mutex(20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 100 * 100)

    /// A port that nobody has, below those that the system gives to whoever takes any: it stays free until the server has it, and
    /// while the server is away.
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

    /// The address of it.
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
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        self.process.withLock { $0 = process }
        try await eventually("redis-server listens") { LocalSocket.connected(to: port).map(LocalSocket.close) != nil }
    }

    /// Ends it as a power cut would.
    func kill() {
        process.withLock { process in
            guard let running = process, running.isRunning else { return }
            send(SIGKILL, to: running)
            running.waitUntilExit()
            process = nil
        }
    }

    /// Stops it without ending it, so that it takes connections and says nothing; or lets it go on.
    func freeze(_ isFrozen: Bool) {
        process.withLock { process in
            if let process { send(isFrozen ? SIGSTOP : SIGCONT, to: process) }
        }
    }

    private func send(_ signal: Int32, to process: Process) {
        #if canImport(Glibc)
            _ = Glibc.kill(process.processIdentifier, signal)
        #else
            _ = Darwin.kill(process.processIdentifier, signal)
        #endif
    }

    /// What redis-cli says to a command, as an operator would see it.
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

/// Looks again and again, for two minutes at least, until `condition` holds.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<12_000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw UnexpectedAnswer("this did not come about in time: \(what)")
}
