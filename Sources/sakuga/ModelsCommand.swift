import AnimeGAN
import ArgumentParser
import Foundation
import Imaging
import InstalledModels
import Logging
import StylizeService
import TerminalProgress

/// `sakuga models`: the installed models.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List, pull, import, verify and remove models (styles).",
        discussion: """
            Examples:
              sakuga models list
              sakuga models pull face_paint_512_v2
              sakuga models import my-style.pt --name my-style --align-corners false
              sakuga models verify
              sakuga models golden
              sakuga models remove my-style
            """,
        subcommands: [List.self, Pull.self, Import.self, Verify.self, Golden.self, Remove.self],
        defaultSubcommand: List.self)
}

extension ModelStore {
    /// The model store by this process's environment and by the location of its program.
    static var ofThisProcess: ModelStore {
        standard(
            environment: ProcessInfo.processInfo.environment,
            executablePath: Bundle.main.executablePath ?? CommandLine.arguments[0])
    }
}

// MARK: Subcommands

extension ModelsCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the installed models and those that can be pulled.",
            discussion: "Example:\n  sakuga models list")

        func run() {
            let store = ModelStore.ofThisProcess
            let installed = store.installed()
            var rows = installed.map { model in
                (model.card.name.text, model.isShipped ? "shipped" : "installed", model.card.title, model.card.description)
            }
            let present = Set(rows.map(\.0))
            rows += Catalogue.official.filter { !present.contains($0.name) }.map {
                ($0.name, "can be pulled", $0.title, $0.description)
            }
            let width = rows.map(\.0.count).max() ?? 0
            for (name, state, title, description) in rows {
                let isDefault = name == Catalogue.defaultModel ? " (default)" : ""
                print("\(padded(name, width))  \(padded(state, 13))  \(title.inBothLanguages)\(isDefault). \(description.en)")
            }
            print("\nYour own models are in \(store.userFolder).")
        }

        private func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
    }

    struct Pull: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Download a published model, verify and install it.",
            discussion: """
                Resumes an interrupted download. Honours http_proxy, https_proxy, all_proxy and no_proxy.

                Examples:
                  sakuga models pull paprika
                  sakuga models pull paprika --from https://mirror.example/paprika.pt
                """)

        @Argument(help: "Name of the model; `sakuga models list` lists them.")
        var name: String

        @Option(name: .customLong("from"), help: "Another URL of the same file, such as a mirror's.")
        var mirror: String?

        func run() async throws {
            guard let entry = Catalogue.entry(name) else {
                if name == Catalogue.defaultModel { throw ModelStoreError.shipped(name: name) }
                throw PullError.unknownModel(name: name, known: Catalogue.official.map(\.name))
            }
            let puller = ModelPuller(
                store: .ofThisProcess, configuration: .init(environment: ProcessInfo.processInfo.environment))
            let progress = DownloadProgress(name: name)
            defer { progress.finish() }
            let model = try await puller.pull(entry, from: mirror) { event in
                switch event {
                case .progress(let amount):
                    progress.show(.init(received: amount.received, total: amount.total, resumedFrom: amount.resumedFrom))
                case .retry(let retry): progress.say("\(retry)")
                }
            }
            progress.finish()
            print("Verified and installed \(model.card.name) in \(model.path).")
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Install a checkpoint file (safetensors, PyTorch .pt/.pth or ONNX) under a name.",
            discussion: """
                Examples:
                  sakuga models import face_paint_512_v2.pt --name face_paint_512_v2
                  sakuga models import mine.onnx --name mine --align-corners false
                """)

        @Argument(help: "Checkpoint file.", completion: .file())
        var file: String

        @Option(help: "Name for the model: 1 to 64 characters of a-z, 0-9, '_' and '-'.")
        var name: String

        @Option(
            help:
                "Bilinear resizing as PyTorch's align_corners, as the public checkpoints do. (default: what the file says, else true)"
        )
        var alignCorners: Bool?

        func run() throws {
            let convention = alignCorners.map { $0 ? BilinearConvention.alignCorners : .halfPixel }
            let model = try ModelStore.ofThisProcess.import(file: file, name: name, convention: convention)
            let corners = model.card.convention == .alignCorners
            print("Installed \(model.card.name) in \(model.path) (align_corners \(corners)).")
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare installed models with the digests of their cards.",
            discussion: "Examples:\n  sakuga models verify\n  sakuga models verify painted")

        @Argument(help: "Name of the model. (default: all models)")
        var name: String?

        func run() throws {
            var isSound = true
            for result in try ModelStore.ofThisProcess.verify(name) {
                if let problem = result.problem {
                    isSound = false
                    FileHandle.standardError.write(Data("\(problem)\n".utf8))
                } else {
                    print("\(result.name): sound")
                }
            }
            guard isSound else { throw ExitCode.failure }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove one of your own models.",
            discussion: "Example:\n  sakuga models remove my-style")

        @Argument(help: "Name of the model.")
        var name: String

        func run() throws {
            try ModelStore.ofThisProcess.remove(name)
            print("Removed \(name).")
        }
    }
}

// MARK: Golden pictures

extension ModelsCommand {
    struct Golden: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the golden picture that each model makes with the one that was released.",
            discussion: """
                The golden picture is what a model makes of a fixed photo, 32×32 pixels, in the file NAME.golden beside its weights. \
                Every new worker of a pool has to make it before it serves. --write replaces it after a model has been trained or \
                exported again. The tolerance is a mean difference of 2 of 255; processors and instruction sets differ by less than \
                a tenth of that.

                Exit code 1 when a picture is wrong.

                Examples:
                  sakuga models golden
                  sakuga models golden painted --write
                """)

        @Argument(help: "Name of the model. (default: all models)")
        var name: String?

        @Flag(help: "Write the picture that the model makes now as its golden picture.")
        var write = false

        func run() async throws {
            try ImageCodec.start()
            _ = try KernelSet.selected()
            let store = ModelStore.ofThisProcess
            let models = store.installed().filter { name == nil || $0.card.name.text == name }
            // Throws the error that lists the models.
            if let name, models.isEmpty { _ = try store.verify(name) }
            let check = GoldenCheck(store: store, pool: ComputePool(), logger: Logger(label: "sakuga"))
            var isSound = true
            for model in models {
                isSound = report(try await check.check(model, write: write), of: model.card.name.text) && isSound
            }
            guard isSound else { throw ExitCode.failure }
        }

        /// Prints the outcome; false when the picture is wrong.
        private func report(_ outcome: GoldenCheck.Outcome, of style: String) -> Bool {
            switch outcome {
            case .written: print("\(style): written")
            case .agrees(let difference):
                print("\(style): as released (mean difference \((difference * 1_000).rounded() / 1_000) of 255)")
            case .noneReleased:
                print("\(style): no golden picture was released; `sakuga models golden \(style) --write` creates one")
            case .outdated:
                print("\(style): the golden picture is of other weights; `sakuga models golden \(style) --write` replaces it")
            case .wrong(let fault):
                FileHandle.standardError.write(Data("\(style): \(fault)\n".utf8))
                return false
            }
            return true
        }
    }
}
