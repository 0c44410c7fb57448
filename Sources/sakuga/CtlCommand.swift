import ArgumentParser
import Foundation
import LocalCalls
import Supervision

/// `sakuga ctl`: controls a running worker pool.
struct CtlCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ctl", abstract: "Inspect, scale, update and stop a running worker pool.",
        discussion: """
            Talks to `sakuga serve --workers` over a Unix socket that only its owner may open.

            Examples:
              sakuga ctl status
              sakuga ctl scale 2..8
              sakuga ctl update --style my-style         rolling update; rolled back when a new worker fails
              sakuga ctl update --binary /opt/sakuga-2/bin/sakuga
              sakuga ctl rollback
              sakuga ctl drain                           finish the requests in hand, then exit
            """,
        subcommands: [Status.self, Drain.self, Scale.self, Update.self, Rollback.self, Reload.self])
}

/// The options of every `ctl` subcommand.
struct CtlOptions: ParsableArguments {
    @Option(help: "Socket of the pool, as given to `serve --control`. (default: that of the only running pool)")
    var control: String?

    @Flag(help: "Print the pool's status as JSON.")
    var json = false

    /// Sends a command and prints the status after it.
    func send(_ command: PoolCommand) async throws {
        try show(try await call { try await PoolControl.send(command, to: $0) })
    }

    /// Sends a command that begins an update, waits for the end of the update and prints the status. Exit code 1 when it has failed.
    func follow(_ command: PoolCommand) async throws {
        let status = try await call { try await PoolControl.follow(command, to: $0) }
        try show(status)
        if let failure = status.updateFailure, status.update == "failed" {
            FileHandle.standardError.write(Data("Error: The update has failed and was rolled back: \(failure)\n".utf8))
            throw ExitCode.failure
        }
    }

    private func call(_ body: (String) async throws -> PoolStatus) async throws -> PoolStatus {
        let path = try path()
        do {
            return try await body(path)
        } catch let error as LocalCallError {
            throw ValidationError(
                "\(error) " + (error == .unreachable(path) ? "Is `sakuga serve --workers` running with this --control?" : ""))
        }
    }

    private func show(_ status: PoolStatus) throws {
        guard json else { return print(status.table) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(status), as: UTF8.self))
    }

    private func path() throws -> String {
        if let control { return control }
        let folders = RuntimeFolder.standardParents(environment: ProcessInfo.processInfo.environment)
        let found = PoolControl.found(in: folders)
        if found.count == 1 { return found[0] }
        if found.isEmpty {
            throw ValidationError(
                "No pool of this user is running. Start one with `sakuga serve --workers 4`, or name its --control.")
        }
        throw ValidationError("Several pools are running; choose one with --control: \(found.joined(separator: ", ")).")
    }
}

extension CtlCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the workers and their load.", discussion: "Example:\n  sakuga ctl status --json")

        @OptionGroup var options: CtlOptions

        func run() async throws { try await options.send(.status) }
    }

    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Finish the requests in hand and stop the pool, or replace one worker.",
            discussion: "Examples:\n  sakuga ctl drain\n  sakuga ctl drain --worker 2")

        @Option(help: "Replace this worker only, by its number in `status`. (default: stop the whole pool)")
        var worker: Int?

        @OptionGroup var options: CtlOptions

        func run() async throws { try await options.send(worker.map { .replace(slot: $0) } ?? .stop) }
    }

    struct Scale: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the number of workers.", discussion: "Examples:\n  sakuga ctl scale 4\n  sakuga ctl scale 2..8")

        @Argument(help: "Number of workers, or a range within which it follows the load.")
        var count: WorkerCount

        @OptionGroup var options: CtlOptions

        func run() async throws { try await options.send(.scale("\(count)")) }
    }

    struct Reload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the workers one by one, so that they read settings, model and certificate again (like SIGHUP).",
            discussion: "Example:\n  sakuga ctl reload")

        @OptionGroup var options: CtlOptions

        func run() async throws { try await options.follow(.reload) }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the workers one by one by a new program or model.",
            discussion: """
                A new worker must load its model and make the golden picture before the old one is drained. When one fails, the workers \
                that were replaced are rolled back, and the exit code is 1. Without options the workers are started again from the \
                program's file (like SIGUSR2).

                Examples:
                  sakuga ctl update --binary /opt/sakuga-2/bin/sakuga
                  sakuga ctl update --style my-style
                """)

        @Option(help: "Path of the new program.")
        var binary: String?

        @Option(help: "New default style; `sakuga models list` lists them.")
        var style: String?

        @OptionGroup var options: CtlOptions

        func run() async throws {
            let path = try binary.map { path in
                let absolute = URL(filePath: path).standardizedFileURL.path
                guard FileManager.default.isExecutableFile(atPath: absolute) else {
                    throw ValidationError("--binary \(path) is not an executable file.")
                }
                return absolute
            }
            try await options.follow(.update(binary: path, style: style))
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Go back to the program and model from before the last update.",
            discussion: "Example:\n  sakuga ctl rollback")

        @OptionGroup var options: CtlOptions

        func run() async throws { try await options.follow(.rollBack) }
    }
}

extension WorkerCount: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
