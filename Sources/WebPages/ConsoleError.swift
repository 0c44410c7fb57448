/// A console can't be started like this.
package enum ConsoleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Others could reach the console, and it asks for nothing.
    case tokenMissing(host: String)
    /// The token can't be sent in a header.
    case unusableToken

    package var description: String {
        switch self {
        case .tokenMissing(let host):
            "The console on \(host) could be reached and used by others. Give it a token, or let it listen on 127.0.0.1."
        case .unusableToken:
            "The console's token doesn't work: it has to be 8 to 512 printable characters without spaces."
        }
    }
}

/// A page can't be shown.
package enum PageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file or folder that the program carries with it isn't there.
    case missing(String)

    package var description: String {
        switch self {
        case .missing(let name):
            "This program's page can't be shown: \(name) is missing. Install Sakuga anew, with its folders of resources."
        }
    }
}
