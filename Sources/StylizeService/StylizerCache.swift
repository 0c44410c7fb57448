package import AnimeGAN
import Foundation
package import InstalledModels
package import Serving
package import Stylizer

/// The stylizers of the installed styles. The default style stays loaded after its first use; of the others, the least recently used one
/// is dropped when there are too many.
package actor StylizerCache {
    /// The installed styles, the default one first.
    package nonisolated let styles: [StyleDescription]
    private let store: ModelStore
    private let pool: ComputePool
    private let defaultStyle: String
    /// The most recently used one last.
    private var loaded: [(name: String, stylizer: Task<Stylizer, any Error>)] = []
    /// The number of models in memory; each takes about 45 MB.
    private static let capacity = 3

    /// - Throws: `ModelStoreError` when the default style is not installed.
    package init(store: ModelStore, pool: ComputePool, defaultStyle: String) throws {
        self.store = store
        self.pool = pool
        self.defaultStyle = defaultStyle
        let installed = store.installed().map { model in
            StyleDescription(
                name: model.card.name.text, title: .init(en: model.card.title.en, zh: model.card.title.zh),
                description: .init(en: model.card.description.en, zh: model.card.description.zh),
                isDefault: model.card.name.text == defaultStyle, revision: model.card.sha256,
                thumbnail: model.thumbnail().map { "data:image/jpeg;base64,\(Data($0).base64EncodedString())" })
        }
        styles = installed.filter(\.isDefault) + installed.filter { !$0.isDefault }
        // Throws the error that says what is wrong with the name.
        if !styles.contains(where: \.isDefault) { _ = try store.load(defaultStyle) }
    }

    /// The stylizer of a style; nil stands for the default style. Loads the model at the first use.
    package func stylizer(_ name: String?) async throws -> Stylizer {
        let name = name ?? defaultStyle
        if let index = loaded.firstIndex(where: { $0.name == name }) {
            let entry = loaded.remove(at: index)
            loaded.append(entry)
            return try await entry.stylizer.value
        }
        let loading = Task { [store, pool] in
            try await pool.run { _ in
                let model = try store.load(name)
                return Stylizer(
                    generator: try Generator(weights: model.weights, convention: model.convention), pool: pool)
            }
        }
        if loaded.count >= Self.capacity, let oldest = loaded.firstIndex(where: { $0.name != defaultStyle }) {
            loaded.remove(at: oldest)
        }
        loaded.append((name, loading))
        do {
            return try await loading.value
        } catch {
            // The next request tries again: the file may be repaired by then.
            loaded.removeAll { $0.name == name }
            throw error
        }
    }
}
