import AnimeGAN
import Checkpoints
import Foundation
import InstalledModels
import Testing

@Suite struct ModelStoreTests {
    private let folder: TemporaryFolder
    private let store: ModelStore
    /// The names of the models that come with Sakuga, in order.
    private let shipped: [String]

    init() throws {
        folder = try TemporaryFolder()
        store = ModelStore(shippedFolder: Fixture.shippedModels, userFolder: "\(folder.path)/data/sakuga/models")
        shipped = store.installed().map(\.card.name.text)
    }

    private func checkpoint() throws -> String {
        try folder.write(
            SafetensorsWriter.encode(Fixture.weights(), precision: .float16, convention: .halfPixel), to: "mine.safetensors")
    }

    @Test func `the default model is installed, valid, and matches its card`() throws {
        let model = try store.load(Catalogue.defaultModel)
        #expect(model.convention == .halfPixel)
        #expect(model.card.licence == "Apache-2.0")
    }

    @Test func `every model that comes with Sakuga is valid and has a thumbnail`() throws {
        #expect(shipped.contains(Catalogue.defaultModel))
        #expect(try store.verify() == shipped.map { .init(name: $0, problem: nil) })
        #expect(store.installed().allSatisfy { $0.thumbnail() != nil })
    }

    @Test func `a thumbnail is a small JPEG beside the weights, or none`() throws {
        let mine = try store.import(file: checkpoint(), name: "mine")
        #expect(mine.thumbnail() == nil)
        let picture = URL(filePath: "\(store.userFolder)/mine.jpg")
        for (bytes, isShown) in [([0xFF, 0xD8, 0xFF, 0xE0], true), ([0x89, 0x50], false), ([], false)] as [([UInt8], Bool)] {
            try Data(bytes).write(to: picture)
            #expect((mine.thumbnail() == bytes) == isShown)
        }
        try (Data([0xFF, 0xD8, 0xFF]) + Data(count: 32 << 10)).write(to: picture)
        #expect(mine.thumbnail() == nil, "too large")
        try store.remove("mine")
        #expect(!FileManager.default.fileExists(atPath: picture.path), "it goes with its model")
    }

    @Test func `a golden picture is beside the weights and is removed with its model`() throws {
        let mine = try store.import(file: checkpoint(), name: "mine")
        #expect(mine.golden() == nil)
        try mine.saveGolden([1, 2, 3])
        #expect(mine.golden() == [1, 2, 3])
        try mine.saveGolden([UInt8](repeating: 0, count: (32 << 10) + 1))
        #expect(mine.golden() == nil, "too large")
        try store.remove("mine")
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.userFolder) == [])
    }

    @Test func `an imported model is listed, loaded, verified and removed`() throws {
        let installed = try store.import(file: checkpoint(), name: "mine")
        #expect(installed.card.convention == .halfPixel, "the file states its convention")
        #expect(store.installed().map(\.card.name.text) == (shipped + ["mine"]).sorted())
        #expect(Fixture.equal(try store.load("mine").weights))
        #expect(try store.verify("mine") == [.init(name: "mine", problem: nil)])
        let files = try FileManager.default.contentsOfDirectory(atPath: store.userFolder).sorted()
        #expect(files == ["mine.json", "mine.safetensors"], "no temporary file stays behind")
        try store.remove("mine")
        #expect(throws: ModelStoreError.notInstalled(name: "mine", installed: shipped)) { try store.load("mine") }
    }

    @Test func `the given convention overrides the file's, and align corners is the default`() throws {
        #expect(try store.import(file: checkpoint(), name: "asked", convention: .alignCorners).card.convention == .alignCorners)
        let silent = try folder.write(Fixture.bytes("torch-half.pt"), to: "silent.pt")
        #expect(try store.import(file: silent, name: "silent").card.convention == .alignCorners)
    }

    @Test(arguments: ["", "../up", "a/b", "Upper", ".hidden", "a b", "名", "a\0", String(repeating: "a", count: 65)])
    func `a name that could leave the folder is rejected everywhere`(name: String) throws {
        #expect(throws: ModelStoreError.self) { try store.import(file: checkpoint(), name: name) }
        for action in [{ _ = try store.load(name) }, { try store.remove(name) }, { _ = try store.verify(name) }] {
            let error = try #require(throws: ModelStoreError.self) { try action() }
            guard case .badName = error else { Issue.record("\(error)"); continue }
        }
    }

    @Test func `names in use and names of shipped models are rejected`() throws {
        try store.import(file: checkpoint(), name: "mine")
        #expect(throws: ModelStoreError.alreadyInstalled(name: "mine")) { try store.import(file: checkpoint(), name: "mine") }
        #expect(throws: ModelStoreError.shipped(name: "painted")) { try store.import(file: checkpoint(), name: "painted") }
        #expect(throws: ModelStoreError.shipped(name: "painted")) { try store.remove("painted") }
    }

    @Test func `a file that is not a checkpoint installs nothing`() throws {
        let file = try folder.write(Fixture.bytes("malicious.pt"), to: "malicious.pt")
        #expect(throws: ModelStoreError.checkpoint(.refusedGlobal(name: "posix.system"))) {
            try store.import(file: file, name: "bad")
        }
        #expect(!FileManager.default.fileExists(atPath: store.userFolder))
    }

    @Test func `a changed weights file is detected and can be removed`() throws {
        let model = try store.import(file: checkpoint(), name: "mine")
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: model.path)))
        bytes[bytes.count - 1] ^= 1
        try Data(bytes).write(to: URL(filePath: model.path))
        let problem = try #require(try store.verify("mine")[0].problem?.description)
        #expect(problem.hasPrefix("The model mine is damaged (its SHA-256 is \(Digests.sha256(bytes)), but its card says "))
        #expect(problem.hasSuffix("): remove it with `sakuga models remove mine` and install it again."))
        #expect(problem.ranges(of: "damaged").count == 1)
        #expect(throws: ModelStoreError.self) { try store.load("mine") }
        try store.remove("mine")
    }

    @Test func `the message for a damaged model that comes with Sakuga does not recommend removing it`() throws {
        try store.import(file: checkpoint(), name: "mine")
        let shipped = ModelStore(shippedFolder: store.userFolder, userFolder: "\(folder.path)/none")
        try FileManager.default.removeItem(atPath: "\(store.userFolder)/mine.safetensors")
        #expect(
            try shipped.verify("mine")[0].problem?.description
                == "The model mine is damaged (its weights file cannot be read: No such file or directory): "
                + "it comes with Sakuga, so install Sakuga again.")
    }

    @Test func `an imported model's title is shown once, and other titles in both languages`() throws {
        #expect(try store.import(file: checkpoint(), name: "mine").card.title.inBothLanguages == "mine")
        #expect(Bilingual(en: "Paprika", zh: "红辣椒").inBothLanguages == "Paprika 红辣椒")
    }

    @Test(arguments: [([], "there are none."), (["painted"], "there is only painted."), (["a", "b"], "there are: a, b.")])
    func `a list of models is worded for its length`(names: [String], words: String) {
        #expect(ModelStoreError.notInstalled(name: "x", installed: names).description.contains(words))
        #expect(PullError.unknownModel(name: "x", known: names).description.contains(words))
    }

    @Test func `an interrupted installation is not a model, is reported, and can be repeated`() throws {
        try store.import(file: checkpoint(), name: "mine")
        try FileManager.default.removeItem(atPath: "\(store.userFolder)/mine.json")
        #expect(store.installed().map(\.card.name.text) == shipped)
        #expect(try store.verify().first { $0.name == "mine" }?.problem != nil)
        try store.import(file: checkpoint(), name: "mine")
        #expect(try store.verify().allSatisfy { $0.problem == nil })
    }

    @Test func `a malformed card is reported with its path`() throws {
        try store.import(file: checkpoint(), name: "mine")
        for text in ["", "[]", "{\"name\":\"../../etc\"}", String(repeating: "[", count: 60_000)] {
            try Data(text.utf8).write(to: URL(filePath: "\(store.userFolder)/mine.json"))
            let error = try #require(throws: ModelStoreError.self) { try store.load("mine") }
            #expect(error.description.contains("mine.json"))
        }
    }

    @Test func `a folder that cannot be written is reported with the system's reason`() throws {
        let blocker = try folder.write([1], to: "file")
        let blocked = ModelStore(shippedFolder: nil, userFolder: "\(blocker)/models")
        let error = try #require(throws: ModelStoreError.self) { try blocked.import(file: checkpoint(), name: "mine") }
        #expect(error.description.contains(blocker))
    }

    // MARK: Search paths

    @Test func `shipped models are found above the resolved path of the executable`() throws {
        let manager = FileManager.default
        let root = URL(filePath: folder.path).resolvingSymlinksInPath().path
        for path in ["checkout/Models", "checkout/.build/release", "usr/bin", "usr/share/sakuga/models", "links"] {
            try manager.createDirectory(atPath: "\(root)/\(path)", withIntermediateDirectories: true)
        }
        for path in ["checkout/Models", "usr/share/sakuga/models"] { _ = try folder.write([], to: "\(path)/painted.json") }
        _ = try folder.write([], to: "usr/bin/sakuga")
        try manager.createSymbolicLink(atPath: "\(root)/links/sakuga", withDestinationPath: "\(root)/usr/bin/sakuga")
        func shipped(_ executable: String, _ environment: [String: String] = [:]) -> String? {
            ModelStore.standard(environment: environment, executablePath: "\(root)/\(executable)").shippedFolder
        }
        #expect(shipped("checkout/.build/release/sakuga") == "\(root)/checkout/Models")
        #expect(shipped("usr/bin/sakuga") == "\(root)/usr/share/sakuga/models")
        #expect(shipped("links/sakuga") == "\(root)/usr/share/sakuga/models")
        #expect(shipped("links/other") == nil)
        #expect(shipped("usr/bin/sakuga", ["SAKUGA_MODELS": "/elsewhere"]) == "/elsewhere")
    }

    @Test func `the user's models are in the XDG folder, else in the home folder, else in /var/lib`() {
        func user(_ environment: [String: String]) -> String {
            ModelStore.standard(environment: environment, executablePath: "/x").userFolder
        }
        #expect(user(["XDG_DATA_HOME": "/data", "HOME": "/home/me"]) == "/data/sakuga/models")
        #expect(user(["XDG_DATA_HOME": "relative", "HOME": "/home/me"]) == "/home/me/.local/share/sakuga/models")
        #expect(user([:]) == "/var/lib/sakuga/models")
    }

    @Test func `blob ids are the same as those of git`() {
        // printf 'hello\n' | git hash-object --stdin
        #expect(Digests.gitBlobID(Array("hello\n".utf8)) == "ce013625030ba8dba906f756967f9e9ca394464a")
    }
}
