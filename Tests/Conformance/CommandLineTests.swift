import Foundation
import Testing

/// The program as a person runs it.
@Suite struct CommandLineTests {
    @Test func `a folder is stylized, the bad file reported, and the exit code is 1`() async throws {
        let folder = try TemporaryFolder(), photos = folder.url.appending(path: "photos")
        try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
        for name in ["a.jpg", "b.jpg"] {
            try FileManager.default.copyItem(atPath: Program.photo, toPath: photos.appending(path: name).path)
        }
        try Data("no photo".utf8).write(to: photos.appending(path: "c.jpg"))
        let outcome = try await Program.run(
            Program.sakuga, ["stylize", photos.path, "-o", folder.path("out"), "--size", "96", "--format", "png"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("c.jpg"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted() == ["a.png", "b.png"])
    }

    @Test func `bench reports one JSON object with the contract's keys`() async throws {
        let outcome = try await Program.run(
            Program.sakuga, ["bench", "--size", "96x64", "--threads", "1", "--runs", "3", "--format", "json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(object["height"] as? Int == 64)
        #expect(object["width"] as? Int == 96)
        #expect(object["threads"] as? Int == 1)
        #expect(object["runs"] as? Int == 3)
        for key in ["min_ms", "median_ms", "max_ms", "peak_rss_bytes"] { #expect((object[key] as? Double ?? 0) > 0, "\(key)") }
        #expect(object["isa"] is String)
    }

    @Test func `bench runs a NumPy array as PyTorch did`() async throws {
        let folder = try TemporaryFolder(), golden = Program.root.appending(path: "Tests/Golden/data/half_pixel/64x48").path
        let script = """
            import sys, numpy as np
            x, y, out, golden = sys.argv[1:5]
            if x != '-': np.save(x, np.load(golden + '/input.npy').astype('f4') / np.float32(127.5) - np.float32(1))
            else:
                error = np.abs(np.load(y) - np.load(golden + '/output.npy')).max()
                print(error); sys.exit(0 if error <= 2e-4 else 1)
            """
        let (x, y) = (folder.path("x.npy"), folder.path("y.npy"))
        #expect(try await Program.run(Program.python, ["-c", script, x, y, "-", golden]).status == 0)
        let outcome = try await Program.run(
            Program.sakuga,
            [
                "bench", "--input", x, "--output", y, "--weights",
                Program.root.appending(path: "Tests/Golden/data/weights.safetensors").path,
                "--align-corners", "false",
            ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let compared = try await Program.run(Program.python, ["-c", script, "-", y, "-", golden])
        #expect(compared.status == 0, "\(compared.output) \(compared.errors)")
    }

    @Test(arguments: [nil, "sse2", "avx2", "avx512", "neon"] as [String?])
    func `each model makes what it made when it was released, with whatever instructions`(set: String?) async throws {
        let models = Program.root.appending(path: "Models").path
        var environment = ["SAKUGA_MODELS": models]
        environment["SAKUGA_ISA"] = set
        let outcome = try await Program.run(Program.sakuga, ["models", "golden"], environment: environment)
        // Not every processor has each of them.
        if set != nil, outcome.errors.contains("names no instruction set of this processor") { return }
        #expect(outcome.status == 0, "\(outcome.errors)")
        // A model without one, or with that of earlier weights, is no failure: `sakuga models golden --write` makes it.
        print(outcome.output)
    }

    @Test func `a picture that is not the released one is found out`() async throws {
        let folder = try TemporaryFolder(), models = Program.root.appending(path: "Models")
        for ending in ["safetensors", "json"] {
            try FileManager.default.copyItem(
                atPath: models.appending(path: "painted.\(ending)").path, toPath: folder.path("painted.\(ending)"))
        }
        let file = URL(filePath: folder.path("painted.golden"))
        let environment = ["SAKUGA_MODELS": folder.url.path, "XDG_DATA_HOME": folder.path("none")]
        let first = try await Program.run(Program.sakuga, ["models", "golden", "--write"], environment: environment)
        #expect(first.status == 0)
        let same = try await Program.run(Program.sakuga, ["models", "golden"], environment: environment)
        #expect(same.output.contains("as released"))
        var golden = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: String])
        golden["pixels"] = Data(repeating: 99, count: 32 * 32 * 3).base64EncodedString()
        try JSONSerialization.data(withJSONObject: golden).write(to: file)
        let wrong = try await Program.run(Program.sakuga, ["models", "golden"], environment: environment)
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("differs by"))
        let pool = try await Program.run(
            Program.sakuga, ["serve", "--workers", "1", "--port", "0", "--control", folder.path("ctl")], environment: environment)
        #expect(pool.status != 0, "the first worker of a pool is compared, too")
    }

    @Test(arguments: [
        ["bench", "--size", "8"], ["bench", "--size", "axb"], ["bench", "--threads", "0"],
        ["stylize", "/nowhere/photo.jpg", "-o", "x.jpg"],
        ["serve", "--style", "unknown"], ["serve", "--port", "99999"], ["models", "verify", "unknown"], ["nonsense"],
    ])
    func `a wrong command line gets a sentence and a failure`(_ arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let outcome = try await Program.run(Program.sakuga, arguments, in: folder.url)
        #expect(outcome.status != 0)
        #expect(outcome.errors.count > 15)
    }

    @Test func `the command line, the API's description and the metrics name the same version`() async throws {
        let outcome = try await Program.run(Program.sakuga, ["--version"])
        let version = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(outcome.status == 0 && !version.isEmpty)
        let server = try await Server()
        let document = try await HTTP.get("\(server.base)/openapi.json").object
        #expect((document["info"] as? [String: Any])?["version"] as? String == version)
        let metrics = try await HTTP.get("\(server.base)/metrics")
        #expect(metrics.text.contains(#"sakuga_build_info{version="\#(version)"} 1"#))
    }

    @Test(arguments: [
        ["--help"], ["serve", "--help"], ["stylize", "--help"], ["bench", "--help"], ["loadtest", "--help"],
        ["loadtest", "merge", "--help"], ["plan", "--help"], ["models", "--help"], ["models", "golden", "--help"],
        ["keys", "--help"], ["keys", "new", "--help"], ["ctl", "--help"], ["ctl", "update", "--help"], ["cluster", "--help"],
        ["cluster", "up", "--help"], ["health", "--help"],
    ])
    func `help has examples`(_ arguments: [String]) async throws {
        let outcome = try await Program.run(Program.sakuga, arguments)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("xample"))
    }
}
