import ArgumentParser
import Foundation
import LocalCalls
import Supervision

/// `sakuga ctl`: an operator's word with a running worker pool.
struct CtlCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ctl", abstract: "Look at, scale, update and stop a running worker pool.",
        discussion: """
            Talks to `sakuga serve --workers …` over a Unix socket that only its user may open.

            Examples:
              sakuga ctl status
              sakuga ctl scale 2..8
              sakuga ctl update --style my-style         one worker after the other; undone by itself if one fails its test
              sakuga ctl update --binary /opt/sakuga-2/bin/sakuga
              sakuga ctl rollback
              sakuga ctl drain                           finish the requests in hand, then end
            """,
        subcommands: [Status.self, Drain.self, Scale.self, Update.self, Rollback.self, Reload.self])
}

/// Which pool is meant.
struct CtlOptions: ParsableArguments {
    @Option(help: "The pool's socket, as given to `serve --control`. (default: that of the only pool that runs)")
    var control: String?

    @Flag(help: "Print the pool's state as JSON.")
    var json = false

    /// Gives the command and prints how the pool is then.
    func send(_ command: PoolCommand) async throws {
        try show(await ask(command))
    }

    func ask(_ command: PoolCommand) async throws -> PoolStatus {
        let path = try path()
        do {
            return try await PoolControl.send(command, to: path)
        } catch let error as LocalCallError {
            throw ValidationError(
                "\(error) " + (error == .unreachable(path) ? "Does `sakuga serve --workers` run, with this --control?" : ""))
        }
    }

    func show(_ status: PoolStatus) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(status), as: UTF8.self))
        } else {
            print(PoolTable.text(status))
        }
    }

    private func path() throws -> String {
        if let control { return control }
        let folders = RuntimeFolder.standardParents(environment: ProcessInfo.processInfo.environment)
        let found = PoolControl.found(in: folders)
        if found.count == 1 { return found[0] }
        if found.isEmpty {
            throw ValidationError("no pool of yours runs here; start one with `sakuga serve --workers 4`, or name its --control.")
        }
        throw ValidationError("several pools run here; name one with --control: \(found.joined(separator: ", ")).")
    }
}

extension CtlCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the workers and what they do.")

        @OptionGroup var options: CtlOptions

        func run() async throws { try await options.send(.status) }
    }

    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Finish the requests in hand and end the pool, or replace one worker.")

        @Option(help: "Only this worker, by its number in `status`; a fresh one takes its place first. (default: the whole pool)")
        var worker: Int?

        @OptionGroup var options: CtlOptions

        func run() async throws { try await options.send(worker.map { .replace(slot: $0) } ?? .stop) }
    }

    struct Scale: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change how many workers there are: 4, or 2..8.")

        @Argument(help: "A number, or a range within which it follows the load.")
        var count: WorkerCount

        @OptionGroup var options: CtlOptions

        func run() async throws { try await options.send(.scale("\(count)")) }
    }

    struct Reload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have one worker after the other read settings, model and certificate anew, as SIGHUP does.")

        @OptionGroup var options: CtlOptions

        func run() async throws { try await RollFollower(options: options).follow(.reload) }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace one worker after the other by a new program or model.",
            discussion: """
                A new worker has to load its model and make a picture as it should be before the old one is let go. If one does not, \
                those already replaced are replaced back, and the exit status is 1. Without options, the program is read anew from \
                where it lies, as SIGUSR2 does.
                """)

        @Option(help: "The new program's path.")
        var binary: String?

        @Option(help: "The new default style; `sakuga models list` shows them.")
        var style: String?

        @OptionGroup var options: CtlOptions

        func run() async throws {
            let path = try binary.map { path in
                let absolute = URL(filePath: path).standardizedFileURL.path
                guard FileManager.default.isExecutableFile(atPath: absolute) else {
                    throw ValidationError("--binary \(path) is no program that can be run.")
                }
                return absolute
            }
            try await RollFollower(options: options).follow(.update(binary: path, style: style))
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Go back to the program and model from before the last update.")

        @OptionGroup var options: CtlOptions

        func run() async throws { try await RollFollower(options: options).follow(.rollBack) }
    }
}
