import Foundation
import Imaging
import Stylizer
import Testing

@Suite struct `Planning outputs` {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["a.jpg", "a.png", "b.heic", "more/a.jpg"] { try folder.add(name) }
    }

    private func plan(_ inputs: [String], _ output: String, _ format: ImageFormat? = nil) throws -> StylizePlan {
        let selection = PhotoSelection(inputs.map { "\(folder.path)/\($0)" })
        return try StylizePlan(selection, output: "\(folder.path)/\(output)", format: format)
    }

    private func outputs(_ plan: StylizePlan) -> [String] {
        plan.items.map { String($0.output.dropFirst(folder.path.count + 1)) }
    }

    @Test(arguments: [("x.png", ImageFormat.png), ("x.JPG", .jpeg), ("x.webp", .webp), ("x", .jpeg), (".x", .jpeg)])
    func `one photo goes to the named file in the format of its name`(name: String, format: ImageFormat) throws {
        let plan = try plan(["a.jpg"], name)
        #expect(outputs(plan) == [name] && plan.format == format)
    }

    @Test func `one photo goes into a folder that exists or ends in a slash`() throws {
        #expect(try outputs(plan(["b.heic"], "more")) == ["more/b.jpg"])
        #expect(try outputs(plan(["b.heic"], "new/", .webp)) == ["new/b.webp"])
        #expect(try folder.names().contains("new"))
    }

    @Test func `a missing folder above the named file is made`() throws {
        #expect(try outputs(plan(["a.jpg"], "deep/er/x.png")) == ["deep/er/x.png"])
        #expect(try folder.names("deep") == ["er"])
    }

    @Test func `several photos go into a folder and get names of their own`() throws {
        #expect(
            try outputs(plan(["a.jpg", "a.png", "more/a.jpg", "b.heic"], "out")) == [
                "out/a.jpg", "out/a-2.jpg", "out/a-3.jpg", "out/b.jpg",
            ])
    }

    @Test func `an input is never an output`() throws {
        #expect(throws: StylizePlan.Failure.wouldOverwriteInput("\(folder.path)/a.jpg")) { try plan(["a.jpg"], "a.jpg") }
        #expect(try outputs(plan(["a.jpg", "b.heic"], "")) == ["a-2.jpg", "b.jpg"])
    }

    @Test func `an input under another name is no output either`() throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/alias.jpg", withDestinationPath: "\(folder.path)/a.jpg")
        #expect(throws: StylizePlan.Failure.wouldOverwriteInput("\(folder.path)/alias.jpg")) {
            try plan(["a.jpg"], "alias.jpg")
        }
    }

    @Test func `names that cannot be meant are refused`() throws {
        #expect(throws: StylizePlan.Failure.unknownExtension("\(folder.path)/x.gif")) { try plan(["a.jpg"], "x.gif") }
        #expect(throws: StylizePlan.Failure.extensionDisagrees("\(folder.path)/x.png", .webp)) {
            try plan(["a.jpg"], "x.png", .webp)
        }
        #expect(throws: StylizePlan.Failure.notAFolder("\(folder.path)/b.heic")) {
            try plan(["a.jpg", "a.png"], "b.heic")
        }
    }
}
