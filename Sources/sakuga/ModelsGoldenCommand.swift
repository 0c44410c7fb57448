import AnimeGAN
import ArgumentParser
import Foundation
import Imaging
import InstalledModels
import Logging
import Supervision

extension ModelsCommand {
    /// `sakuga models golden`: what each model makes of the little photo that new workers of a pool have to make.
    struct Golden: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare what models make of a little photo with what they made when they were released.",
            discussion: """
                Every new worker of a pool makes this photo before it may serve, and has to make what was released. A model's answer \
                lies beside its weights as NAME.golden, 32 x 32 pixels; --write makes it, after a model was trained or exported anew. \
                Processors and instruction sets differ by less than a tenth of what is allowed (2 of 255 on average).

                Examples:
                  sakuga models golden
                  sakuga models golden painted --write
                """)

        @Argument(help: "One model's name; all of them without it.")
        var name: String?

        @Flag(help: "Keep what the model makes now as its answer.")
        var write = false

        func run() async throws {
            try ImageCodec.start()
            _ = try KernelSet.selected()
            let store = ModelStore.ofThisProcess, pool = ComputePool()
            let models = store.installed().filter { name == nil || $0.card.name.text == name }
            // Says which there are.
            if let name, models.isEmpty { _ = try store.verify(name) }
            var isSound = true
            for model in models { isSound = try await look(at: model, store, pool) && isSound }
            guard isSound else { throw ExitCode.failure }
        }

        private func look(at model: ModelStore.InstalledModel, _ store: ModelStore, _ pool: ComputePool) async throws -> Bool {
            let style = model.card.name.text
            let shelf = try StyleShelf(store: store, pool: pool, defaultStyle: style)
            let made = try await GoldenRun.picture(
                StylizeHandler(shelf: shelf, defaultSize: 512, logger: Logger(label: "sakuga")))
            if let fault = made.fault(known: nil) { return refuse(style, fault) }
            if write {
                try model.saveGolden(GoldenFile(made).bytes)
                print("\(style): kept")
                return true
            }
            guard let released = GoldenFile.picture(of: model) else {
                print("\(style): none was released; `sakuga models golden \(style) --write` makes one")
                return true
            }
            guard released.revision == made.revision else {
                print("\(style): the one there is of other weights; `sakuga models golden \(style) --write` makes a new one")
                return true
            }
            if let fault = made.fault(known: released) { return refuse(style, fault) }
            let difference = (made.meanDifference(from: released) * 1_000).rounded() / 1_000
            print("\(style): as released (differs by \(difference) of 255 on average)")
            return true
        }

        private func refuse(_ style: String, _ fault: String) -> Bool {
            FileHandle.standardError.write(Data("\(style): \(fault)\n".utf8))
            return false
        }
    }
}
