import AnimeGAN
import Foundation
import InstalledModels
import Serving
import Stylizer

/// The styles that the service offers. The default one is loaded at the start and stays; others at their first use, the
/// ones used last are kept.
actor StyleShelf {
    nonisolated let styles: [StyleDescription]
    private let store: ModelStore
    private let pool: ComputePool
    private var loaded: [(name: String, stylizer: Task<Stylizer, any Error>)] = []
    private let defaultStyle: String
    /// Models in memory at once, about 45 MB each.
    private static let capacity = 3

    /// - Throws: `ModelStoreError` when the default style is not installed.
    init(store: ModelStore, pool: ComputePool, defaultStyle: String) throws {
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
        // The default one comes first wherever styles are listed.
        styles = installed.filter(\.isDefault) + installed.filter { !$0.isDefault }
        if !styles.contains(where: \.isDefault) { _ = try store.load(defaultStyle) }
    }

    /// The stylizer of `name` (nil: the default).
    func stylizer(_ name: String?) async throws -> Stylizer {
        let name = name ?? defaultStyle
        if let index = loaded.firstIndex(where: { $0.name == name }) {
            let entry = loaded.remove(at: index)
            loaded.append(entry)
            return try await entry.stylizer.value
        }
        let store = store, pool = pool
        let loading = Task {
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
