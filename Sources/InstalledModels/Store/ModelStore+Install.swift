package import AnimeGAN
import Checkpoints

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ModelStore {
    /// Installs the checkpoint in `file`, of any supported format, as the user's model `name`.
    ///
    /// - Parameter convention: how its resizes place samples; nil takes what the file says, or `align_corners` true where it
    ///   says nothing, as the public checkpoints are run.
    @discardableResult
    package func `import`(
        file: String, name: String, convention: BilinearConvention? = nil
    ) throws(ModelStoreError) -> InstalledModel {
        let name = try ModelName(name)
        try checkFree(name)
        let (bytes, checkpoint) = try read(file)
        let blobID = Digests.gitBlobID(bytes)
        if let entry = Catalogue.official.first(where: { $0.gitBlobID == blobID }) {
            // An official file that was fetched by hand is as good as a pulled one.
            return try install(checkpoint.weights, name: name, draft: Draft(entry, url: entry.url, convention: convention))
        }
        let source = String(file.split(separator: "/").last ?? "").printable
        let draft = Draft(
            title: Bilingual(en: name.text, zh: name.text),
            description: Bilingual(en: "Imported from \(source).", zh: "从 \(source) 导入。"),
            convention: convention ?? checkpoint.convention ?? .alignCorners, licence: "unknown", source: source,
            trainedSize: nil)
        return try install(checkpoint.weights, name: name, draft: draft)
    }

    /// Installs a downloaded file after checking that it is the one that `entry` means.
    func installDownload(_ file: String, entry: Catalogue.Entry, url: String) throws(PullError) -> InstalledModel {
        let bytes: [UInt8]
        do throws(CheckpointError) {
            bytes = try BoundedFile.read(file, limit: CheckpointReader.byteLimit)
        } catch { throw .store(.checkpoint(error)) }
        let found = Digests.gitBlobID(bytes)
        guard found == entry.gitBlobID else {
            throw .wrongFile(name: entry.name, url: url, expected: entry.gitBlobID, found: found)
        }
        do throws(ModelStoreError) {
            let checkpoint = try parse(bytes)
            return try install(
                checkpoint.weights, name: try ModelName(entry.name), draft: Draft(entry, url: url, convention: nil))
        } catch { throw .store(error) }
    }

    /// Removes one of the user's models, sound or damaged.
    package func remove(_ name: String) throws(ModelStoreError) {
        let name = try ModelName(name)
        guard let place = place(of: name) else { throw notInstalled(name) }
        guard !place.isShipped else { throw .shipped(name: name.text) }
        // The card first: what remains after a crash in between is no longer taken for a model.
        let beside = [".jpg", ".golden"].map { "\(place.folder)/\(name)\($0)" }
        for path in [card(name, in: place.folder), weights(name, in: place.folder)] + beside
        where FileManager.default.fileExists(atPath: path) {
            try DiskEntry.remove(path)
        }
    }

    private func read(_ file: String) throws(ModelStoreError) -> (bytes: [UInt8], checkpoint: Checkpoint) {
        let bytes: [UInt8]
        do throws(CheckpointError) {
            bytes = try BoundedFile.read(file, limit: CheckpointReader.byteLimit)
        } catch { throw .checkpoint(error) }
        return (bytes, try parse(bytes))
    }

    private func parse(_ bytes: [UInt8]) throws(ModelStoreError) -> Checkpoint {
        do throws(CheckpointError) { return try CheckpointReader.read(bytes: bytes) } catch { throw .checkpoint(error) }
    }

    /// A card but for the name and the digest, which installing gives.
    struct Draft {
        let title: Bilingual
        let description: Bilingual
        let convention: BilinearConvention
        let licence: String
        let source: String
        let trainedSize: Int?
    }

    /// Refuses a name that is taken. The remains of an installation that was cut off do not take it.
    func checkFree(_ name: ModelName) throws(ModelStoreError) {
        guard let place = place(of: name) else { return }
        guard !place.isShipped else { throw .shipped(name: name.text) }
        if FileManager.default.fileExists(atPath: card(name, in: place.folder)) { throw .alreadyInstalled(name: name.text) }
    }

    /// Writes the weights, then the card, each atomically.
    func install(_ weights: Weights, name: ModelName, draft: Draft) throws(ModelStoreError) -> InstalledModel {
        let bytes: [UInt8]
        do throws(CheckpointError) {
            bytes = try SafetensorsWriter.encode(
                weights, precision: SafetensorsWriter.losslessPrecision(for: weights), convention: draft.convention,
                metadata: ["name": name.text, "architecture": "AnimeGANv2 generator"])
        } catch { throw .checkpoint(error) }
        let card = ModelCard(
            name: name, title: draft.title, description: draft.description, convention: draft.convention,
            licence: draft.licence, source: draft.source, sha256: Digests.sha256(bytes), trainedSize: draft.trainedSize)
        try DiskEntry.makeFolder(userFolder)
        let path = self.weights(name, in: userFolder)
        try AtomicFile.write(bytes, to: path)
        try AtomicFile.write(try card.encoded(), to: self.card(name, in: userFolder))
        return InstalledModel(card: card, path: path, isShipped: false)
    }
}

extension ModelStore.Draft {
    /// The card of a model of the catalogue, which came from `url`.
    init(_ entry: Catalogue.Entry, url: String, convention: BilinearConvention?) {
        self.init(
            title: entry.title, description: entry.description, convention: convention ?? entry.convention,
            licence: entry.licence, source: url, trainedSize: entry.trainedSize)
    }
}
