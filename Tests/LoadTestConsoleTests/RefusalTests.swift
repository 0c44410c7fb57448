import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LoadGeneration
import LoadTestConsole
import LoadTesting
import Testing

/// What can't be done is refused with a code, for which the page has words, and a sentence that says what to do.
@Suite(.timeLimit(.minutes(5))) struct RefusalTests {
    private static let users: [(String, String, String?)] = [
        ("", "not_json", nil), ("x", "not_json", nil), ("[]", "not_json", nil), ("{}", "unknown_shape", nil),
        (#"{"shape":"square"}"#, "unknown_shape", nil), (#"{"shape":5}"#, "unknown_shape", nil),
        (#"{"shape":"steady"}"#, "bad_load", "load"), (#"{"shape":"steady","load":0}"#, "bad_load", "load"),
        (#"{"shape":"steady","load":2.5}"#, "bad_load", "load"), (#"{"shape":"steady","load":-3}"#, "bad_load", "load"),
        (#"{"shape":"steady","load":"5"}"#, "bad_load", "load"), (#"{"shape":"steady","load":1e300}"#, "load_too_high", "load"),
        (#"{"shape":"steady","load":100001}"#, "load_too_high", "load"),
        (#"{"shape":"steady","load":5,"seconds":0}"#, "bad_end", "seconds"),
        (#"{"shape":"steady","load":5,"seconds":"?"}"#, "bad_seconds", "seconds"),
        (#"{"shape":"steps","loads":[],"seconds":5}"#, "bad_loads", "loads"),
        (#"{"shape":"steps","loads":[5,"many"],"seconds":5}"#, "bad_loads", "loads"),
        (#"{"shape":"steps","loads":[5,null],"seconds":5}"#, "bad_loads", "loads"),
        (#"{"shape":"steps","loads":[5,2.5],"seconds":5}"#, "bad_loads", "loads"),
        (#"{"shape":"steps","loads":[5],"seconds":0}"#, "bad_seconds", "seconds"),
        (#"{"shape":"ramp","load":5,"seconds":9}"#, "bad_peak", "peak"),
        (#"{"shape":"soak","load":5}"#, "bad_seconds", "seconds"),
    ]

    @Test(arguments: users)
    func `what can't be started is refused, and the field is named`(body: String, code: String, field: String?) async throws {
        let test = PlayedTest()
        try await withConsole(test) { client async throws in
            let answer = try await client.post("/loadtest/start", body)
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.object["code"] as? String == code)
            #expect((try answer.object["detail"] as? String)?.hasSuffix(".") == true)
            #expect((try answer.object["facts"] as? [String: Any])?["field"] as? String == field)
            #expect(await test.shapes.isEmpty)
        }
    }

    @Test func `the sentence tells what to write instead, as the test counts its load`() async throws {
        let body = #"{"shape":"steps","loads":[5,"many"],"seconds":5}"#
        for (isOpen, sentence) in [
            (false, "Users must be whole numbers separated by commas, such as 5,10,20."),
            (true, "Arrivals a second must be numbers above 0 separated by commas, such as 2.5,5,10."),
        ] {
            try await withConsole(PlayedTest(), testConsole(isOpen: isOpen)) { client async throws in
                #expect(try await client.post("/loadtest/start", body).object["detail"] as? String == sentence)
            }
        }
    }

    @Test func `too many steps and a search for nothing are refused`() async throws {
        var aimless = testConsole()
        aimless.profile.objectives = []
        try await withConsole(PlayedTest(), aimless) { client async throws in
            let loads = Array(repeating: "5", count: 101).joined(separator: ",")
            let long = try await client.post("/loadtest/start", #"{"shape":"steps","loads":[\#(loads)],"seconds":5}"#).object
            #expect(long["code"] as? String == "too_many_loads")
            let search = try await client.post("/loadtest/start", #"{"shape":"find","load":5,"seconds":20}"#).object
            #expect(search["code"] as? String == "no_objectives")
        }
    }

    @Test func `an invalid change is refused before it reaches the test`() async throws {
        try await withConsole { client async throws in
            for (body, code) in [
                (#"{"load":0}"#, "bad_load"), (#"{"load":5,"spawn_rate":0}"#, "bad_spawn_rate"),
                (#"{"load":5,"spawn_rate":"?"}"#, "bad_spawn_rate"), (#"{"load":5}"#, "not_running"),
            ] {
                #expect(try await client.post("/loadtest/load", body).object["code"] as? String == code)
            }
        }
    }

    @Test func `why a run could not be done comes with its code and what is to be filled in`() async throws {
        let test = PlayedTest()
        await test.fail(.unreachable(target: "http://127.0.0.1:7860", reason: "Nobody listens there."))
        try await withConsole(test) { client async throws in
            _ = try await client.post("/loadtest/start", #"{"shape":"planned"}"#)
            let state = try await client.state { !isRunning($0) }
            #expect(state["trouble_code"] as? String == "target_unreachable")
            let facts = try #require(state["trouble_facts"] as? [String: Any])
            #expect(
                facts["target"] as? String == "http://127.0.0.1:7860" && facts["reason"] as? String == "Nobody listens there.")
        }
    }

    @Test func `the page has Chinese words for every code`() async throws {
        try await withConsole { client async throws in
            let own = try await client.get("/console/strings.js").text.components(separatedBy: "\n  zh: {")
            let shared = try await client.get("/console/console-strings.js").text.components(separatedBy: "refusalsZh = {")
            #expect(own.count == 2 && shared.count == 2)
            let chinese = (own.last ?? "") + (shared.last ?? "")
            let others = [
                "already_running", "bad_plan", "bad_seconds", "bad_spawn_rate", "cross_site", "internal", "no_objectives",
                "not_running",
                "overloaded", "target_unreachable", "token_missing", "token_wrong", "too_long", "too_many_loads", "unknown_path",
                "unknown_run", "unusable", "wrong_host",
            ]
            for code in Set(Self.users.map(\.1) + others) { #expect(chinese.contains(" \(code): "), "\(code)") }
        }
    }
}
