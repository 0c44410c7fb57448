import Foundation
import Supervision
import Synchronization
import Testing

/// What programs of different versions say to each other during a rolling update keeps its form.
@Suite struct MessageTests {
    @Test func `a worker reads what its supervisor passes in the environment`() throws {
        let json = """
            {"id": 7, "slot": 2, "threads": 3, "style": "dusk", "port": 7860, "supervisor": 11, "socket": "/run/worker-7",
             "pool": "/run/pool", "store": "/run/store"}
            """
        let launch = try #require(WorkerLaunch(environment: ["SAKUGA_WORKER": json]))
        #expect((launch.id, launch.slot, launch.threads, launch.port) == (7, 2, 3, 7_860))
        #expect((launch.style, launch.supervisor, launch.store) == ("dusk", 11, "/run/store"))
        #expect((launch.socket, launch.pool) == ("/run/worker-7", "/run/pool"))
    }

    @Test func `a worker reports its load, and accepts connections once it is admitted`() async throws {
        let admissions = Mutex<[Int]>([])
        let responder = WorkerResponder(
            load: {
                var load = WorkerLoad()
                load.answers = 5
                return load
            }, metrics: { "a 1\n" }, admit: { least in admissions.withLock { $0.append(least) } })
        for isAdmitted in [false, true] {
            let request = #"{"load": {"isAdmitted": \#(isAdmitted), "leastConnections": 3}}"#
            let answer = try await responder.answer(Array(request.utf8))
            #expect(try JSONDecoder().decode(WorkerLoad.self, from: Data(answer)).answers == 5)
        }
        #expect(admissions.withLock { $0 } == [3])
        let metrics = try await responder.answer(Array(#"{"metrics": {}}"#.utf8))
        #expect(String(decoding: metrics, as: UTF8.self) == "a 1\n")
        await #expect(throws: DecodingError.self) { try await responder.answer(Array("nonsense".utf8)) }
    }

    @Test func `the status is a table with a line for each worker`() throws {
        var pool = PoolUnderTest("2..4", cores: 4)
        pool.settle()
        let status = pool.controller.status(supervisor: 1, address: "http://127.0.0.1:7860", at: pool.now)
        let lines = status.table.split(separator: "\n")
        #expect(lines[0] == "http://127.0.0.1:7860  2 of 2 workers serving (of 2..4)")
        #expect(lines[1] == "supervisor 1, generation 1: /old")
        #expect(lines.count == 5 && lines[3].contains("serving") && lines[3].contains("1001"))
        #expect(!status.isUpdating)
    }
}
