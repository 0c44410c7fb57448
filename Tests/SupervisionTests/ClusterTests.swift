import Foundation
import Supervision
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct ClusterPlanTests {
    private func plan(_ change: (inout ClusterPlan) -> Void = { _ in }) -> ClusterPlan {
        var plan = ClusterPlan(program: "/bin/true")
        change(&plan)
        return plan
    }

    @Test func `nginx has the first port of the block and the instances the next ones`() {
        let plan = plan { ($0.hasNginx, $0.hasRedis, $0.port, $0.instances) = (true, true, 9_000, 3) }
        #expect(plan.entrance.description == "127.0.0.1:9000")
        #expect((1...3).map { plan.instance($0).port } == [9_001, 9_002, 9_003])
        #expect(plan.nginxStatus.port == 9_004)
        #expect(plan.redis.port == 9_005)
        #expect(Set(plan.addresses.map(\.address.port)).count == plan.addresses.count)
    }

    @Test func `without nginx the instances begin at the port and have its host`() {
        let plan = plan { ($0.host, $0.port, $0.instances) = ("::1", 9_000, 2) }
        #expect(plan.addresses.map(\.address.description) == ["[::1]:9000", "[::1]:9001"])
    }

    @Test func `every problem of a plan is reported at once`() {
        let wrong = plan { ($0.instances, $0.port, $0.cores, $0.memory, $0.tls) = (0, 70_000, 0, 1, "/tls") }
        #expect(wrong.problems.count == 5)
        #expect(plan().problems.isEmpty)
    }
}

@Suite struct ConfigurationTemplateTests {
    @Test func `our variables are substituted and nginx' own stay`() throws {
        let template = ConfigurationTemplate("listen ${NGINX_PORT}; return 200 $host${uri};", name: "x")
        #expect(try template.filled(with: ["NGINX_PORT": "80"]) == "listen 80; return 200 $host${uri};")
    }

    @Test func `a variable without a value is an error that names file and variable`() {
        let template = ConfigurationTemplate("listen ${NGINX_PORT};", name: "server.conf.template")
        let error = #expect(throws: ClusterError.self) { try template.filled(with: [:]) }
        #expect(error?.description == "server.conf.template uses NGINX_PORT, which has no value.")
    }

    @Test(arguments: ["80; }\nserver {", "a'b", "{", "}", "\"", "a\nb", "\\", "`"])
    func `a value that would change the structure of the file is refused`(value: String) {
        let template = ConfigurationTemplate("listen ${NGINX_PORT};", name: "x")
        #expect(throws: ClusterError.self) { try template.filled(with: ["NGINX_PORT": value]) }
    }

    @Test func `an unterminated variable stays as it is`() throws {
        #expect(try ConfigurationTemplate("a ${NGINX_P", name: "x").filled(with: [:]) == "a ${NGINX_P")
    }
}

@Suite struct NginxConfigurationTests {
    private let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "deploy/nginx").path

    private func plan() -> ClusterPlan {
        var plan = ClusterPlan(program: "/bin/true")
        (plan.hasNginx, plan.port, plan.instances, plan.nginxFiles) = (true, 9_000, 2, sources)
        return plan
    }

    @Test func `the templates of deploy are filled in for the cluster's instances`() throws {
        let folder = TestFolder()
        try NginxConfiguration(plan()).write(to: folder.path, tls: nil)
        let fleet = try String(contentsOfFile: folder.path + "/conf/conf.d/fleet.conf", encoding: .utf8)
        #expect(fleet.contains("server 127.0.0.1:9001 max_fails=3 fail_timeout=30s; server 127.0.0.1:9002 max_fails=3"))
        #expect(fleet.contains("default sakuga_by_client;"))
        #expect(fleet.contains("include conf.d/http/*.conf;"))
        let http = try String(contentsOfFile: folder.path + "/conf/conf.d/http/server.conf", encoding: .utf8)
        #expect(http.contains("listen 127.0.0.1:9000;"))
    }

    @Test func `the environment's NGINX_ variables take precedence over the plan, others do not`() {
        let values = NginxConfiguration(plan(), environment: ["NGINX_RATE": "5r/m", "SAKUGA_EDGE": "https", "NGINX_BURST": ""])
            .values
        #expect(values["NGINX_RATE"] == "5r/m")
        #expect(values["SAKUGA_EDGE"] == "http")
        #expect(values["NGINX_BURST"] == "80")
    }

    @Test func `a missing certificate is reported before nginx starts`() {
        let folder = TestFolder()
        let error = #expect(throws: ClusterError.self) { try NginxConfiguration(plan()).write(to: folder.path, tls: "/nowhere") }
        #expect(error?.description.contains("fullchain.pem") == true)
    }
}

@Suite struct RestartPolicyTests {
    @Test func `the first start is at once and the waits double up to the longest`() {
        var policy = RestartPolicy()
        let delays = (0..<9).map { _ in policy.delay(afterRunning: .zero) }
        #expect(delays.prefix(4) == [.zero, .milliseconds(250), .milliseconds(500), .seconds(1)])
        #expect(delays.last == .seconds(10))
    }

    @Test func `a process that ran for a while is restarted at once`() {
        var policy = RestartPolicy()
        for _ in 0..<5 { _ = policy.delay(afterRunning: .zero) }
        #expect(policy.delay(afterRunning: .seconds(60)) == .zero)
        #expect(policy.delay(afterRunning: .zero) == .milliseconds(250))
    }
}

@Suite struct ProcessRecordTests {
    @Test func `a pid file identifies its process`() throws {
        let own = try #require(ProcessRecord(pid: ProcessInfo.processInfo.processIdentifier))
        let read = try #require(ProcessRecord(text: own.text))
        #expect(read == own)
        #expect(read.isRunning)
    }

    #if os(Linux)
        @Test func `a later process with the same number is another one`() throws {
            let own = try #require(ProcessRecord(pid: ProcessInfo.processInfo.processIdentifier))
            let other = try #require(ProcessRecord(text: "\(own.pid) \(own.started + 1)"))
            #expect(!other.isRunning)
        }
    #endif

    @Test(arguments: ["", "1", "x y", "-3 4", "0 0", "1 2 3"])
    func `a damaged pid file is ignored`(text: String) { #expect(ProcessRecord(text: text) == nil) }
}

@Suite struct ClusterFolderTests {
    @Test func `plan and phase are read as they were written`() throws {
        let test = TestFolder(), folder = ClusterFolder(test.path + "/state")
        try folder.make()
        var plan = ClusterPlan(program: "/a b/sakuga")
        (plan.arguments, plan.tls) = (["--size", "64"], "/tls")
        try folder.write(plan)
        #expect(try folder.plan() == plan)
        for phase in [
            ClusterFolder.Phase.starting, .ready(notes: ["one", "two"]), .ready(notes: []), .stopping, .failed("a\nb"),
        ] {
            try folder.write(phase)
            #expect(folder.phase == phase)
        }
    }

    @Test func `one supervisor holds the lock, until it closes it`() throws {
        let test = TestFolder(), folder = ClusterFolder(test.path)
        try folder.make()
        #expect(!folder.hasSupervisor)
        let lock = try #require(try folder.lock())
        #expect(folder.hasSupervisor)
        #expect(try folder.lock() == nil)
        try FileHandle(fileDescriptor: lock, closeOnDealloc: false).close()
        // Blocks until the lock is free: a process that another test is just starting shares it until its exec.
        let next = open(test.path + "/supervisor.lock", O_RDWR | O_CLOEXEC)
        defer { close(next) }
        #expect(flock(next, LOCK_EX) == 0)
    }

    @Test func `stale pid files are ignored`() throws {
        let test = TestFolder(), folder = ClusterFolder(test.path)
        try folder.make()
        try Data("999999999 5\n".utf8).write(to: URL(filePath: test.path + "/pids/instance-1"))
        try Data("nonsense".utf8).write(to: URL(filePath: test.path + "/pids/instance-2"))
        try folder.write(ProcessRecord(pid: ProcessInfo.processInfo.processIdentifier), of: ClusterFolder.supervisor)
        #expect(Array(folder.processes.keys) == [ClusterFolder.supervisor])
    }

    @Test func `a queue that is kept stays when the rest goes`() throws {
        let test = TestFolder(), folder = ClusterFolder(test.path + "/state")
        try folder.make()
        try Data("jobs".utf8).write(to: URL(filePath: folder.redis + "/appendonly.aof"))
        folder.remove(keepingQueue: true)
        #expect(FileManager.default.fileExists(atPath: folder.redis + "/appendonly.aof"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/pids"))
        folder.remove()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func `nothing runs where there is no plan`() {
        #expect(throws: ClusterError.none(folder: "/nowhere")) { try ClusterFolder("/nowhere").plan() }
    }

    @Test func `the end of a log is its last lines`() throws {
        let test = TestFolder(), folder = ClusterFolder(test.path)
        try folder.make()
        let lines = (1...5_000).map { "line \($0)" }.joined(separator: "\n")
        try Data(lines.utf8).write(to: URL(filePath: folder.log("redis")))
        #expect(folder.endOfLog(of: "redis", lines: 2) == ["line 4999", "line 5000"])
        #expect(folder.endOfLog(of: "nobody").isEmpty)
    }
}

@Suite struct ControlGroupTests {
    /// A folder that looks like a mount of cgroup v2.
    private func groups(controllers: String) throws -> TestFolder {
        let folder = TestFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/mine", withIntermediateDirectories: true)
        for group in ["", "/mine"] {
            try Data(controllers.utf8).write(to: URL(filePath: folder.path + group + "/cgroup.controllers"))
        }
        return folder
    }

    @Test func `instances get groups with their limits, and this process a leaf of its own`() throws {
        let mount = try groups(controllers: "cpuset cpu io memory pids\n")
        let group = try ControlGroup(name: "cluster", mount: mount.path, own: "/mine")
        try group.add("instance-1", cores: 2, memory: 512_000_000)
        try group.move(4_711, to: "instance-1")
        func text(_ file: String) throws -> String { try String(contentsOfFile: "\(mount.path)/mine/\(file)", encoding: .utf8) }
        #expect(try text("cluster/instance-1/cpu.max") == "200000 100000")
        #expect(try text("cluster/instance-1/memory.max") == "512000000")
        #expect(try text("cluster/instance-1/cgroup.procs") == "4711")
        #expect(try text("cgroup.subtree_control") == "+cpu +memory")
        #expect(try text("sakuga-supervisor/cgroup.procs") == "\(ProcessInfo.processInfo.processIdentifier)")
    }

    @Test func `missing controllers are named`() throws {
        let mount = try groups(controllers: "pids")
        let error = #expect(throws: ControlGroup.Unavailable.self) {
            try ControlGroup(name: "cluster", mount: mount.path, own: "/mine")
        }
        #expect(error?.description.hasPrefix("the controllers cpu and memory are not available") == true)
    }
}

@Suite struct HealthProbeTests {
    @Test func `a port that nobody listens on does not answer, and can be bound`() async {
        let address = ClusterAddress(host: "127.0.0.1", port: 1)
        #expect(await HealthProbe.get("/", of: address, seconds: 1) == nil)
        #expect(ClusterAddress(host: "127.0.0.1", port: 0).bindError == nil)
        #expect(ClusterAddress(host: "203.0.113.7", port: 0).bindError != nil)
    }
}

/// A temporary folder that is removed with its owner.
private final class TestFolder {
    let path = FileManager.default.temporaryDirectory.appending(path: "sakuga-test-\(UUID().uuidString)").path

    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
