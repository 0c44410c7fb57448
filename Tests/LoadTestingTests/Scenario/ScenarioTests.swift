import Foundation
import LoadGeneration
import LoadTesting
import Testing

@Suite struct ScenarioTests {
    @Test func `a scenario has stages, requests, headers and objectives`() throws {
        let scenario = try Scenario(
            """
            target: http://127.0.0.1:7860
            wait: 1..3
            spawn-rate: 10
            slo: {p95: 3s, errors: 1%}
            headers:
              X-Test: "yes"
            stages:
              - users: 5
                for: 60s
              - {users: 5..50, for: 2m, label: up}
              - {users: 50, for: 90s, drop: 10s}
            requests:
              - name: list
                path: /v1/styles
                weight: 3
              - path: /echo
                json: {data: [1, "2", true, ~], name: nice}
                headers: {X-More: b}
                checks: {status: 200..204, json: {"data[0]": 1, name: nonempty}}
            """, file: "s.yaml")
        #expect(scenario.target == "http://127.0.0.1:7860")
        #expect(scenario.wait == .between(1, 3) && scenario.spawnRate == 10)
        #expect(scenario.objectives == "p95=3s,errors=1%")
        #expect(scenario.stages.map(\.label) == ["5 users", "up", "50 users"])
        #expect(scenario.stages.map(\.seconds) == [60, 120, 90])
        #expect(scenario.stages[1].to == .users(50) && scenario.stages[2].dropped == 10)
        let templates = try scenario.requests.flatMap { try $0.templates { _, _ in RequestTemplate(name: "", path: "/") } }
        #expect(templates.map(\.name) == ["list", "POST /echo"])
        #expect(templates.map(\.method) == ["GET", "POST"])
        #expect(templates[0].weight == 3)
        #expect(
            templates[1].bodies.map { String(decoding: $0.bytes, as: UTF8.self) } == [
                #"{"data":[1,"2",true,null],"name":"nice"}"#
            ])
        #expect(templates[1].headers.map(\.name) == ["X-Test", "X-More", "Content-Type"])
        #expect(templates[1].checks.statuses == 200...204 && templates[1].checks.json.count == 2)
    }

    @Test func `data fills paths, headers and bodies, each as it must be there`() throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "scenario-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("id,word\n1,\"say \"\"hi\"\"\"\n2,a/b c\n".utf8).write(to: folder.appending(path: "d.csv"))
        let scenario = try Scenario(
            """
            data: d.csv
            requests:
              - path: /things/${word}
                name: thing
                weight: 4
                headers: {X-Id: "${id}"}
                json: {word: "${word}"}
            """, file: folder.appending(path: "s.yaml").path)
        let templates = try scenario.requests[0].templates { _, _ in RequestTemplate(name: "", path: "/") }
        #expect(templates.map(\.path) == ["/things/say%20%22hi%22", "/things/a%2Fb%20c"])
        #expect(templates.map { $0.headers[0].value } == ["1", "2"])
        #expect(
            templates.map { String(decoding: $0.bodies[0].bytes, as: UTF8.self) } == [
                #"{"word":"say \"hi\""}"#, #"{"word":"a/b c"}"#,
            ])
        #expect(templates.allSatisfy { $0.name == "thing" && $0.weight == 2 })
    }

    @Test(arguments: [
        ("stages:\n  - user: 5\n    for: 60s", "s.yaml:2:5: there is no 'user'"),
        ("stages:\n  - users: many\n    for: 60s", "s.yaml:2:12: 'stages[0].users' is a number of users"),
        ("stages:\n  - users: 5", "s.yaml:2:5: 'stages[0]' says with 'for' how long it lasts."),
        ("stages:\n  - {users: 5, rate: 2, for: 1m}", "has either 'users' or 'rate'"),
        ("stages:\n  - {users: 5, for: 1m}\n  - {rate: 5, for: 1m}", "s.yaml:3:5: a test has one model"),
        ("stages:\n  - {users: 5, for: 5s, drop: 5s}", "'stages[0].drop' is shorter than the stage."),
        ("wait: soon", "s.yaml:1:7: 'wait' is none"),
        ("stages: [\n", "s.yaml:2:1: is not YAML"),
        ("seed: 1\nseed: 2\n", "'seed' is there twice"),
        ("requests:\n  - method: GET", "s.yaml:2:5: 'requests[0]' needs a 'path'."),
        ("requests:\n  - path: nowhere", "begins with a slash"),
        ("requests:\n  - path: /${id}", "nothing fills '${id}': there is no 'data'."),
        ("requests:\n  - path: /${", "has a '${' without a name"),
        ("requests:\n  - path: /\n    headers: {\"a b\": c}", "'a b' is not a header name"),
        ("requests:\n  - path: /\n    json: {}\n    text: a", "has one of json and text, not both"),
        ("requests:\n  - path: /\n    checks: {status: ok}", "s.yaml:3:22: 'requests[0].checks.status' is a status"),
        ("requests:\n  - path: /\n    checks: {json: {\"a[\": b}}", "is not a JSON path"),
        ("requests:\n  - path: /\n    file: /nowhere/at/all", "/nowhere/at/all: cannot be read: there is no such file."),
        ("", "s.yaml: is empty."),
        ("- a", "a scenario is made of 'name: value' lines"),
    ])
    func `an error names the file, the line and the column`(_ text: String, _ words: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario(text, file: "s.yaml") }
        #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(arguments: [
        ("a,b\n1,2\n1\n", "d.csv:3:1: has 1 values where the first line names 2 columns."),
        ("a,b\n\"1,2\n", "d.csv:2:1: this quote is not closed."),
        ("a,b\n\"1\"x,2\n", "d.csv:2:4: a closing quote must be followed by a comma"),
        ("a,a\n1,2\n", "d.csv:1:1: the first line must give each column"),
        ("a\n", "d.csv: has no data."),
    ])
    func `an invalid table is reported with its line`(_ text: String, _ words: String) {
        let error = #expect(throws: ScenarioError.self) { try DataFeed(Array(text.utf8), file: "d.csv") }
        #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func `CSV keeps commas, quotes and line ends in quotes, and Windows' line ends`() throws {
        let feed = try DataFeed(Array("a,b\r\n\"x,\"\"y\"\"\nz\",2\r\n3,\r\n".utf8), file: "d.csv")
        #expect(feed.columns == ["a", "b"])
        #expect(feed.rows == [["x,\"y\"\nz", "2"], ["3", ""]])
    }

    @Test func `JSON lines are rows of texts, numbers and switches`() throws {
        let feed = try DataFeed(
            Array("{\"a\": 1, \"b\": \"x\", \"c\": true}\n\n{\"c\": false, \"b\": \"y\", \"a\": 2.5}\n".utf8), file: "d.jsonl")
        #expect(feed.columns == ["a", "b", "c"])
        #expect(feed.rows == [["1", "x", "true"], ["2.5", "y", "false"]])
        let error = #expect(throws: ScenarioError.self) { try DataFeed(Array("{\"a\": 1}\n[2]\n".utf8), file: "d.jsonl") }
        #expect(error?.line == 2)
    }
}
