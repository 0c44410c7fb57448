import ArgumentParser
import Foundation
import Serving

/// `sakuga keys`: API keys.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Create API keys.",
        discussion: "Example:\n  sakuga keys new alice >> keys.txt", subcommands: [NewKeyCommand.self])
}

/// `sakuga keys new NAME`: prints the key for the client and the line for the server's file.
struct NewKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Create a key for a client.",
        discussion: """
            Prints the key to standard error; give it to the client, it is not stored. Prints a line for the file of \
            `serve --api-keys` to standard output; it contains only a digest of the key.

            Examples:
              sakuga keys new alice >> keys.txt
              sakuga keys new operator --scopes predict,admin >> keys.txt
            """)

    @Argument(help: "Name of the client in logs and metrics.")
    var name: String

    @Option(help: "What the key allows: predict, admin, or predict,admin.")
    var scopes = "predict"

    func run() throws {
        let chosen = try Set(
            scopes.split(separator: ",").map { word in
                guard let scope = KeyScope(rawValue: String(word)) else {
                    let known = KeyScope.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--scopes: unknown scope '\(word)'; the scopes are \(known).")
                }
                return scope
            })
        let key = try NewAPIKey(name: name, scopes: chosen)
        FileHandle.standardError.write(Data("Key of \(name), shown only once: \(key.key)\n".utf8))
        print(key.line)
    }
}
