import Foundation
import Supervision
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite(.timeLimit(.minutes(5))) struct ProcessTests {
    @Test func `a runtime folder belongs to its owner and is removed with the pool`() throws {
        let folder = try RuntimeFolder(below: ["/nowhere", "/tmp"])
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        folder.remove()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        #expect(throws: RuntimeFolder.Failure.self) { try RuntimeFolder(below: ["/nowhere"]) }
    }

    @Test func `a dead pool's folder is removed, a living one's is not`() throws {
        let parent = try RuntimeFolder(below: ["/tmp"])
        defer { parent.remove() }
        let living = try RuntimeFolder(below: [parent.path])
        let dead = "\(parent.path)/sakuga-pool-dead"
        try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: false)
        try Data().write(to: URL(filePath: "\(dead)/owner"))
        let next = try RuntimeFolder(below: [parent.path])
        #expect(!FileManager.default.fileExists(atPath: dead))
        #expect(FileManager.default.fileExists(atPath: living.path))
        living.remove()
        next.remove()
    }

    @Test func `a pid file in use is refused, a stale one is reused`() throws {
        let folder = try RuntimeFolder(below: ["/tmp"])
        defer { folder.remove() }
        let path = "\(folder.path)/pid"
        try Data("99999\n".utf8).write(to: URL(filePath: path))
        let file = try PIDFile(path: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(getpid())\n")
        #expect(throws: PIDFile.Failure.self) { try PIDFile(path: path) }
        file.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(throws: PIDFile.Failure.self) { try PIDFile(path: "/nowhere/pid") }
    }

    @Test func `a port in use is reported with advice`() throws {
        let first = try ListeningSocket(host: "127.0.0.1", port: 0)
        defer { close(first.descriptor) }
        #expect(first.port > 0)
        #expect(ListeningSocket.isListening(first.descriptor))
        let failure = #expect(throws: ListeningSocket.Failure.self) { try ListeningSocket(host: "127.0.0.1", port: first.port) }
        #expect(failure?.description.contains("--port") == true)
        #expect(throws: ListeningSocket.Failure.self) { try ListeningSocket(host: "192.0.2.1", port: 0) }
    }

    @Test func `the service manager is notified of a service's life`() throws {
        let folder = try RuntimeFolder(below: ["/tmp"])
        defer { folder.remove() }
        let path = "\(folder.path)/notify"
        #if canImport(Darwin)
            let descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #else
            let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4000000"], process: 7)
        #expect(manager.watchdogInterval == .seconds(2))
        manager.ready("Serving.")
        manager.keepAlive()
        manager.stopping()
        var heard: [String] = []
        for _ in 0..<3 {
            var bytes = [UInt8](repeating: 0, count: 1_000)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            heard.append(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
        }
        #expect(heard[0] == "READY=1\nSTATUS=Serving.")
        #expect(heard[1] == "WATCHDOG=1")
        #expect(heard[2].hasPrefix("STOPPING=1"))
    }

    @Test func `another process's watchdog and sockets are ignored`() throws {
        let variables = ["NOTIFY_SOCKET": "/tmp/x", "WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "8"]
        #expect(ServiceManager(environment: variables, process: 7).watchdogInterval == nil)
        #expect(!ServiceManager(environment: [:], process: 7).isPresent)
        #expect(try SocketActivation.socket(environment: ["LISTEN_PID": "8", "LISTEN_FDS": "1"], process: 7) == nil)
        #expect(throws: SocketActivation.Failure.self) {
            try SocketActivation.socket(environment: ["LISTEN_PID": "7", "LISTEN_FDS": "2"], process: 7)
        }
    }

    @Test func `a missing or damaged launch variable is ignored`() throws {
        #expect(WorkerLaunch(environment: [:]) == nil)
        #expect(WorkerLaunch(environment: [WorkerLaunch.variable: "nonsense"]) == nil)
    }
}
