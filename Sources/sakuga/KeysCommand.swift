import ArgumentParser
import Foundation
import Serving

/// `sakuga keys`: keys for the API.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make keys for the API.", subcommands: [NewKeyCommand.self])
}

/// `sakuga keys new NAME`: the key for the client, and the line for the server's file.
struct NewKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a key for a client.",
        discussion: """
            Prints the key, which only the client keeps, to standard error, and the line for the file of `serve --api-keys`, which \
            holds a digest only, to standard output.

            Examples:
              sakuga keys new alice >> keys.txt
              sakuga keys new operator --scopes predict,admin >> keys.txt
            """)

    @Argument(help: "The client's name, as it will stand in logs and metrics.")
    var name: String

    @Option(help: "What the key allows: predict, admin, or both with a comma.")
    var scopes = "predict"

    func run() throws {
        let wanted = try Set(
            scopes.split(separator: ",").map { word in
                guard let scope = KeyScope(rawValue: String(word)) else {
                    throw ValidationError(
                        "--scopes: there is no scope '\(word)'; there are \(KeyScope.allCases.map(\.rawValue).joined(separator: ", "))."
                    )
                }
                return scope
            })
        let key = try NewAPIKey(name: name, scopes: wanted)
        FileHandle.standardError.write(Data("The key of \(name), shown only now: \(key.key)\n".utf8))
        print(key.line)
    }
}
