package import AnimeGAN
import Checkpoints

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The models on this machine: those that come with Sakuga, which are read-only, and the user's own.
///
/// A model is two files, `NAME.safetensors` and its ``ModelCard`` `NAME.json`. The card is written last and has the digest of the weights,
/// so an interrupted installation never counts as a model. Every method blocks the calling thread.
package struct ModelStore: Sendable {
    /// The folder of the models that come with Sakuga; nil if there is none.
    package let shippedFolder: String?
    /// The user's folder; created when the first model is installed.
    package let userFolder: String

    /// Creates a store with these folders, which need not exist.
    package init(shippedFolder: String?, userFolder: String) {
        self.shippedFolder = shippedFolder
        self.userFolder = userFolder
    }

    /// A model on the disk.
    package struct InstalledModel: Sendable, Equatable {
        /// Its card.
        package let card: ModelCard
        /// The path of its weights file.
        package let path: String
        /// Whether it comes with Sakuga.
        package let isShipped: Bool
    }

    /// A model in memory, for the engine.
    package struct LoadedModel: Sendable {
        /// Its name.
        package let name: String
        /// Its weights.
        package let weights: Weights
        /// How its two resizes place samples.
        package let convention: BilinearConvention
        /// Its card.
        package let card: ModelCard
    }

    /// The result of ``verify(_:)`` for one model.
    package struct Verification: Sendable, Equatable {
        /// The model's name.
        package let name: String
        /// What is wrong with it; nil if it is valid.
        package let problem: ModelStoreError?

        /// Creates a result.
        package init(name: String, problem: ModelStoreError?) {
            self.name = name
            self.problem = problem
        }
    }

    /// All models with a readable card, sorted by name. ``verify(_:)`` reports the others.
    package func installed() -> [InstalledModel] {
        names().compactMap { try? find($0) }
    }

    /// Loads a model and checks that its file matches its card.
    package func load(_ name: String) throws(ModelStoreError) -> LoadedModel {
        let model = try find(ModelName(name))
        let weights: Weights
        do throws(CheckpointError) {
            let bytes = try BoundedFile.read(model.path, limit: CheckpointReader.byteLimit)
            let digest = Digests.sha256(bytes)
            guard digest == model.card.sha256 else {
                let expected = model.card.sha256.printable
                throw .malformed(format: .safetensors, detail: "its SHA-256 is \(digest), but its card says \(expected)")
            }
            weights = try CheckpointReader.read(bytes: bytes).weights
        } catch {
            throw .damaged(name: name, isShipped: model.isShipped, detail: error.cause)
        }
        return LoadedModel(name: name, weights: weights, convention: model.card.convention, card: model.card)
    }

    /// Checks one model, or all of them, as ``load(_:)`` would.
    package func verify(_ name: String? = nil) throws(ModelStoreError) -> [Verification] {
        let asked = try name.map { (text) throws(ModelStoreError) in [try ModelName(text)] }
        if let one = asked?.first, location(of: one) == nil { throw notInstalled(one) }
        return (asked ?? names()).map { name in
            do throws(ModelStoreError) {
                _ = try load(name.text)
                return Verification(name: name.text, problem: nil)
            } catch {
                return Verification(name: name.text, problem: error)
            }
        }
    }
}

// MARK: Locations

extension ModelStore {
    /// A folder with a model's files.
    struct Location {
        let folder: String
        let isShipped: Bool
    }

    /// The folder with any file of the model. Models that come with Sakuga take precedence over the user's.
    func location(of name: ModelName) -> Location? {
        locations.first { location in
            [card(name, in: location.folder), weights(name, in: location.folder)].contains(
                where: FileManager.default.fileExists(atPath:))
        }
    }

    func find(_ name: ModelName) throws(ModelStoreError) -> InstalledModel {
        guard let location = location(of: name) else { throw notInstalled(name) }
        let card = try ModelCard.read(card(name, in: location.folder))
        guard card.name == name else {
            throw .card(path: self.card(name, in: location.folder), detail: "It is the card of the model \(card.name).")
        }
        return InstalledModel(card: card, path: weights(name, in: location.folder), isShipped: location.isShipped)
    }

    func notInstalled(_ name: ModelName) -> ModelStoreError {
        .notInstalled(name: name.text, installed: installed().map(\.card.name.text))
    }

    func card(_ name: ModelName, in folder: String) -> String { "\(folder)/\(name).json" }

    func weights(_ name: ModelName, in folder: String) -> String { "\(folder)/\(name).safetensors" }

    private var locations: [Location] {
        (shippedFolder.map { [Location(folder: $0, isShipped: true)] } ?? []) + [Location(folder: userFolder, isShipped: false)]
    }

    /// The names of all models that have any file.
    private func names() -> [ModelName] {
        var names: Set<ModelName> = []
        for location in locations {
            for file in (try? FileManager.default.contentsOfDirectory(atPath: location.folder)) ?? [] {
                guard let dot = file.lastIndex(of: "."), [".json", ".safetensors"].contains(file[dot...]),
                    let name = try? ModelName(String(file[..<dot]))
                else { continue }
                names.insert(name)
            }
        }
        return names.sorted()
    }
}

extension ModelStore.InstalledModel {
    /// The model's reference output for Sakuga's built-in photo: the file `NAME.golden` beside its weights. Nil if it is missing or larger
    /// than 32 KiB. Blocks the calling thread.
    package func golden() -> [UInt8]? {
        try? BoundedFile.read(goldenPath, limit: 32 << 10)
    }

    /// Writes the reference output. Blocks the calling thread.
    package func saveGolden(_ bytes: [UInt8]) throws(ModelStoreError) {
        try FileSystem.write(bytes, to: goldenPath)
    }

    private var goldenPath: String { path.dropLast(".safetensors".count) + ".golden" }
}

extension ModelStore.InstalledModel {
    /// A small sample picture: the JPEG `NAME.jpg` beside its weights. Nil if it is missing or larger than 32 KiB. Blocks the calling
    /// thread.
    package func thumbnail() -> [UInt8]? {
        let file = path.dropLast(".safetensors".count) + ".jpg"
        guard let bytes = try? BoundedFile.read(String(file), limit: 32 << 10) else { return nil }
        return bytes.starts(with: [0xFF, 0xD8, 0xFF]) ? bytes : nil
    }
}

extension ModelStore {
    /// The store of this machine and user.
    ///
    /// Shipped models: `SAKUGA_MODELS` if set; else the nearest `Models` or `share/sakuga/models` with the default model, upwards from the
    /// executable with its links resolved. User's models: `$XDG_DATA_HOME/sakuga/models`, else
    /// `~/.local/share/sakuga/models`, else (a service account without a home) `/var/lib/sakuga/models`.
    package static func standard(environment: [String: String], executablePath: String) -> ModelStore {
        let shipped = nonEmpty(environment["SAKUGA_MODELS"]) ?? shippedFolder(above: executablePath)
        return ModelStore(shippedFolder: shipped, userFolder: userFolder(environment))
    }

    private static func nonEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    private static func userFolder(_ environment: [String: String]) -> String {
        // The XDG specification says to ignore relative paths.
        if let data = nonEmpty(environment["XDG_DATA_HOME"]), data.hasPrefix("/") { return "\(data)/sakuga/models" }
        if let home = nonEmpty(environment["HOME"]) { return "\(home)/.local/share/sakuga/models" }
        return "/var/lib/sakuga/models"
    }

    private static func shippedFolder(above executablePath: String) -> String? {
        var folder = URL(filePath: executablePath).resolvingSymlinksInPath().deletingLastPathComponent()
        // Deep enough for a build folder inside a checkout; the bound ends the search on unusual file systems.
        for _ in 0..<16 {
            for candidate in ["Models", "share/sakuga/models"] {
                let path = folder.appending(path: candidate).path
                if FileManager.default.fileExists(atPath: "\(path)/\(Catalogue.defaultModel).json") { return path }
            }
            if folder.path == "/" { return nil }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
