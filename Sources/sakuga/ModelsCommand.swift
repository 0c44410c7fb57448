import AnimeGAN
import ArgumentParser
import Foundation
import InstalledModels
import Synchronization

/// `sakuga models`: the styles on this machine.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List, pull, import, check and remove models (styles).",
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
    /// The store as this process's environment and place on the disk have it.
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
            abstract: "Show the installed models and those that can be pulled.",
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
            print("\nYour own models are kept in \(store.userFolder).")
        }

        private func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
    }

    struct Pull: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Download one of the published models, verify it and install it.",
            discussion: """
                An interrupted download goes on where it ended. http_proxy, https_proxy, all_proxy and no_proxy are honoured.

                Examples:
                  sakuga models pull paprika
                  sakuga models pull paprika --from https://mirror.example/paprika.pt
                """)

        @Argument(help: "The model's name, as `sakuga models list` shows it.")
        var name: String

        @Option(name: .customLong("from"), help: "Another address of the very same file, such as a mirror's.")
        var mirror: String?

        func run() async throws {
            guard let entry = Catalogue.entry(name) else {
                if name == Catalogue.defaultModel { throw ModelStoreError.shipped(name: name) }
                throw PullError.unknownModel(name: name, known: Catalogue.official.map(\.name))
            }
            let puller = ModelPuller(
                store: .ofThisProcess, configuration: .init(environment: ProcessInfo.processInfo.environment))
            let display = PullDisplay(name: name)
            let model: ModelStore.InstalledModel
            do throws(PullError) {
                model = try await puller.pull(entry, from: mirror) { display.show($0) }
            } catch {
                display.finish()
                throw error
            }
            display.finish()
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

        @Argument(help: "The file.", completion: .file())
        var file: String

        @Option(help: "What to call the model: 1 to 64 of a-z, 0-9, '_' and '-'.")
        var name: String

        @Option(
            help: ArgumentHelp(
                "Whether its resizes align the corners (PyTorch's align_corners), as the public checkpoints do.",
                discussion: "Without it: what the file says, and true where it says nothing."))
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
            abstract: "Check installed models against their cards.",
            discussion: "Examples:\n  sakuga models verify\n  sakuga models verify painted")

        @Argument(help: "One model's name; all of them without it.")
        var name: String?

        func run() throws {
            var isSound = true
            for result in try ModelStore.ofThisProcess.verify(name) {
                if let problem = result.problem {
                    isSound = false
                    // The sentence names the model.
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

        @Argument(help: "The model's name.")
        var name: String

        func run() throws {
            try ModelStore.ofThisProcess.remove(name)
            print("Removed \(name).")
        }
    }
}

// MARK: Progress

/// Shows a download on standard error: a bar that redraws itself on a terminal, a line per tenth elsewhere.
private final class PullDisplay: Sendable {
    private struct State {
        var lastDrawn: ContinuousClock.Instant?
        var lastTenth = -1
        var isOpen = false
    }

    private let name: String
    private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(name: String) { self.name = name }

    func show(_ event: ModelPuller.Event) {
        switch event {
        case .progress(let progress): show(progress)
        case .retry(let retry):
            finish()
            write("\(name): \(retry)\n")
        }
    }

    private func show(_ progress: ModelPuller.Progress) {
        let now = ContinuousClock.now
        state.withLock { state in
            let isWhole = progress.received == progress.total
            if isTerminal {
                // Ten times a second is as fast as anyone reads.
                if let last = state.lastDrawn, now - last < .milliseconds(100), !isWhole { return }
                state.lastDrawn = now
                state.isOpen = true
                write("\r\(bar(progress, after: now - start))\u{1B}[K")
            } else {
                let tenth = progress.total.map { 10 * progress.received / max(1, $0) } ?? progress.received >> 20
                guard tenth > state.lastTenth else { return }
                state.lastTenth = tenth
                write("\(name): \(amount(progress))\n")
            }
        }
    }

    /// Ends the bar's line, so that what follows begins a new one.
    func finish() {
        state.withLock { state in
            if state.isOpen { write("\n") }
            state.isOpen = false
        }
    }

    private func bar(_ progress: ModelPuller.Progress, after elapsed: Duration) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Double(progress.received - progress.resumedFrom) / seconds : 0
        var line = name
        if let total = progress.total, total > 0 {
            let filled = 30 * progress.received / total
            line += " [\(String(repeating: "=", count: filled))\(String(repeating: " ", count: max(0, 30 - filled)))]"
        }
        line += " \(amount(progress)), \(megabytes(rate)) MB/s"
        if let total = progress.total, rate > 0 {
            line += ", \(Int((Double(total - progress.received) / rate).rounded(.up))) s left"
        }
        return line
    }

    private func amount(_ progress: ModelPuller.Progress) -> String {
        let total = progress.total.map { " of \(megabytes(Double($0)))" } ?? ""
        return "\(megabytes(Double(progress.received)))\(total) MB"
    }

    private func megabytes(_ bytes: Double) -> String { String(format: "%.1f", bytes / 1e6) }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
