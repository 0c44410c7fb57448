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
    /// - Parameter convention: how its resizes place samples; nil means as the file says, and `align_corners` true if it says nothing,
    ///   as for the public checkpoints.
    @discardableResult
    package func `import`(
        file: String, name: String, convention: BilinearConvention? = nil
    ) throws(ModelStoreError) -> InstalledModel {
        let name = try ModelName(name)
        try checkFree(name)
        let (bytes, checkpoint) = try read(file)
        let blobID = Digests.gitBlobID(bytes)
        if let entry = Catalogue.official.first(where: { $0.gitBlobID == blobID }) {
            // A published file that was downloaded by hand gets the same card as a pulled one.
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

    /// Installs a downloaded file after checking that it is the file of `entry`.
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

    /// Removes one of the user's models, valid or damaged.
    package func remove(_ name: String) throws(ModelStoreError) {
        let name = try ModelName(name)
        guard let location = location(of: name) else { throw notInstalled(name) }
        guard !location.isShipped else { throw .shipped(name: name.text) }
        // The card first: after a crash in between, the remaining files do not count as a model.
        let beside = [".jpg", ".golden"].map { "\(location.folder)/\(name)\($0)" }
        for path in [card(name, in: location.folder), weights(name, in: location.folder)] + beside
        where FileManager.default.fileExists(atPath: path) {
            try FileSystem.remove(path)
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

    /// A card without the name and the digest, which the installation adds.
    struct Draft {
        let title: Bilingual
        let description: Bilingual
        let convention: BilinearConvention
        let licence: String
        let source: String
        let trainedSize: Int?
    }

    /// Throws if the name is in use. The files of an interrupted installation do not count.
    func checkFree(_ name: ModelName) throws(ModelStoreError) {
        guard let location = location(of: name) else { return }
        guard !location.isShipped else { throw .shipped(name: name.text) }
        if FileManager.default.fileExists(atPath: card(name, in: location.folder)) { throw .alreadyInstalled(name: name.text) }
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
        try FileSystem.makeFolder(userFolder)
        let path = self.weights(name, in: userFolder)
        try FileSystem.write(bytes, to: path)
        try FileSystem.write(try card.encoded(), to: self.card(name, in: userFolder))
        return InstalledModel(card: card, path: path, isShipped: false)
    }
}

extension ModelStore.Draft {
    /// The card of a published model, downloaded from `url`.
    init(_ entry: Catalogue.Entry, url: String, convention: BilinearConvention?) {
        self.init(
            title: entry.title, description: entry.description, convention: convention ?? entry.convention,
            licence: entry.licence, source: url, trainedSize: entry.trainedSize)
    }
}
