package import AnimeGAN
package import GoldenPictures
package import InstalledModels
package import Logging

/// Compares the golden picture that a model makes now with the one that was released with it.
package struct GoldenCheck: Sendable {
    /// What the comparison found.
    package enum Outcome: Sendable, Equatable {
        /// The picture was written as the model's new golden picture.
        case written
        /// The pictures agree; their mean absolute difference, 0 to 255.
        case agrees(difference: Double)
        /// There is no released picture.
        case noneReleased
        /// The released picture is of other weights.
        case outdated
        /// The picture is wrong, for the reason given.
        case wrong(String)
    }

    private let store: ModelStore
    private let pool: ComputePool
    private let logger: Logger

    package init(store: ModelStore, pool: ComputePool, logger: Logger) {
        self.store = store
        self.pool = pool
        self.logger = logger
    }

    /// Makes the picture and compares it with the released one, or, with `write`, replaces the released one.
    package func check(_ model: ModelStore.InstalledModel, write: Bool) async throws -> Outcome {
        let stylizers = try StylizerCache(store: store, pool: pool, defaultStyle: model.card.name.text)
        let made = try await GoldenRun.picture(StylizeHandler(stylizers: stylizers, defaultSize: 512, logger: logger))
        if let fault = made.fault(comparedWith: nil) { return .wrong(fault) }
        if write {
            try model.saveGoldenPicture(made)
            return .written
        }
        return Self.compare(made, with: model.goldenPicture)
    }

    /// Compares two pictures of one style.
    package static func compare(_ made: GoldenPicture, with released: GoldenPicture?) -> Outcome {
        guard let released else { return .noneReleased }
        guard released.revision == made.revision else { return .outdated }
        if let fault = made.fault(comparedWith: released) { return .wrong(fault) }
        return .agrees(difference: made.meanDifference(from: released))
    }
}
