package import AnimeGAN
import Checkpoints

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The models on this machine: those that came with Sakuga, which are only read, and the user's own.
///
/// A model is two files, `NAME.safetensors` and its ``ModelCard`` `NAME.json`. The card is written last and names the weights'
/// digest, so an installation that was cut off is never taken for a model. Every method blocks on files.
package struct ModelStore: Sendable {
    /// The folder of the models that came with Sakuga; nil where there is none.
    package let shippedFolder: String?
    /// The user's folder; made when the first model is installed.
    package let userFolder: String

    /// A store over these folders, neither of which needs to exist yet.
    package init(shippedFolder: String?, userFolder: String) {
        self.shippedFolder = shippedFolder
        self.userFolder = userFolder
    }

    /// One model as it lies on the disk.
    package struct InstalledModel: Sendable, Equatable {
        /// What its card says.
        package let card: ModelCard
        /// Its weights file.
        package let path: String
        /// Whether it came with Sakuga.
        package let isShipped: Bool
    }

    /// A model ready for the engine.
    package struct LoadedModel: Sendable {
        /// Its name.
        package let name: String
        /// Its numbers.
        package let weights: Weights
        /// How its two resizes place samples.
        package let convention: BilinearConvention
        /// What its card says.
        package let card: ModelCard
    }

    /// What ``verify(_:)`` found for one model.
    package struct Verification: Sendable, Equatable {
        /// The model's name.
        package let name: String
        /// What is wrong with it; nil when all is well.
        package let problem: ModelStoreError?

        /// A verdict on one model.
        package init(name: String, problem: ModelStoreError?) {
            self.name = name
            self.problem = problem
        }
    }

    /// Every model with a readable card, by name. What is unreadable is ``verify(_:)``'s to tell.
    package func installed() -> [InstalledModel] {
        names().compactMap { try? find($0) }
    }

    /// Reads a model and checks that its file is the one the card describes.
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
        if let one = asked?.first, place(of: one) == nil { throw notInstalled(one) }
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

// MARK: Where things lie

extension ModelStore {
    /// A folder that holds a model's files.
    struct Place {
        let folder: String
        let isShipped: Bool
    }

    /// The folder with any file of the model; Sakuga's own come before the user's.
    func place(of name: ModelName) -> Place? {
        places.first { place in
            [card(name, in: place.folder), weights(name, in: place.folder)].contains(
                where: FileManager.default.fileExists(atPath:))
        }
    }

    func find(_ name: ModelName) throws(ModelStoreError) -> InstalledModel {
        guard let place = place(of: name) else { throw notInstalled(name) }
        let card = try ModelCard.read(card(name, in: place.folder))
        guard card.name == name else {
            throw .card(path: self.card(name, in: place.folder), detail: "It is the card of \(card.name).")
        }
        return InstalledModel(card: card, path: weights(name, in: place.folder), isShipped: place.isShipped)
    }

    func notInstalled(_ name: ModelName) -> ModelStoreError {
        .notInstalled(name: name.text, installed: installed().map(\.card.name.text))
    }

    func card(_ name: ModelName, in folder: String) -> String { "\(folder)/\(name).json" }

    func weights(_ name: ModelName, in folder: String) -> String { "\(folder)/\(name).safetensors" }

    private var places: [Place] {
        (shippedFolder.map { [Place(folder: $0, isShipped: true)] } ?? []) + [Place(folder: userFolder, isShipped: false)]
    }

    /// The names of all models of which any file is there.
    private func names() -> [ModelName] {
        var names: Set<ModelName> = []
        for place in places {
            for file in (try? FileManager.default.contentsOfDirectory(atPath: place.folder)) ?? [] {
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
    /// What the model made of Sakuga's own little photo when it was released: the file `NAME.golden` beside its weights. Nil where there is
    /// none, or none of at most 32 KiB. Blocks on the file.
    package func golden() -> [UInt8]? {
        try? BoundedFile.read(goldenPath, limit: 32 << 10)
    }

    /// Writes that file. Blocks.
    package func keepGolden(_ bytes: [UInt8]) throws(ModelStoreError) {
        try AtomicFile.write(bytes, to: goldenPath)
    }

    private var goldenPath: String { path.dropLast(".safetensors".count) + ".golden" }
}

extension ModelStore.InstalledModel {
    /// A little picture of what the model does: the JPEG `NAME.jpg` beside its weights. Nil where there is none, or none of at most
    /// 32 KiB. Blocks on the file.
    package func thumbnail() -> [UInt8]? {
        let file = path.dropLast(".safetensors".count) + ".jpg"
        guard let bytes = try? BoundedFile.read(String(file), limit: 32 << 10) else { return nil }
        return bytes.starts(with: [0xFF, 0xD8, 0xFF]) ? bytes : nil
    }
}

extension ModelStore {
    /// The store of this machine and user.
    ///
    /// Shipped models: `SAKUGA_MODELS` if set; else the nearest `Models` or `share/sakuga/models` with the default model,
    /// upwards from where the executable really lies. User's models: `$XDG_DATA_HOME/sakuga/models`, else
    /// `~/.local/share/sakuga/models`, else (a service account without a home) `/var/lib/sakuga/models`.
    package static func standard(environment: [String: String], executablePath: String) -> ModelStore {
        let shipped = nonEmpty(environment["SAKUGA_MODELS"]) ?? shippedFolder(above: executablePath)
        return ModelStore(shippedFolder: shipped, userFolder: userFolder(environment))
    }

    private static func nonEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    private static func userFolder(_ environment: [String: String]) -> String {
        // The XDG specification has relative paths ignored.
        if let data = nonEmpty(environment["XDG_DATA_HOME"]), data.hasPrefix("/") { return "\(data)/sakuga/models" }
        if let home = nonEmpty(environment["HOME"]) { return "\(home)/.local/share/sakuga/models" }
        return "/var/lib/sakuga/models"
    }

    private static func shippedFolder(above executablePath: String) -> String? {
        var folder = URL(filePath: executablePath).resolvingSymlinksInPath().deletingLastPathComponent()
        // Deep enough for a build folder inside a checkout, and an end for odd file systems.
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
