package import HTTPTypes

/// Why a console's door stays shut.
package enum ConsoleRefusal: Error, Sendable, Equatable {
    /// The console was called by a name that is not this machine's.
    case wrongHost
    /// Nothing was shown that could open.
    case tokenMissing
    /// What was shown does not open.
    case tokenWrong
    /// Another web page asks.
    case crossSite

    /// The reply's status.
    package var status: HTTPResponse.Status {
        switch self {
        case .wrongHost: .misdirectedRequest
        case .tokenMissing, .tokenWrong: .unauthorized
        case .crossSite: .forbidden
        }
    }

    /// A stable word for programs, and for the page, which has words of its own for it.
    package var code: String {
        switch self {
        case .wrongHost: "wrong_host"
        case .tokenMissing: "token_missing"
        case .tokenWrong: "token_wrong"
        case .crossSite: "cross_site"
        }
    }

    /// What was wrong and what to do.
    package var sentence: String {
        switch self {
        case .wrongHost:
            "The console is for this machine and doesn't answer to that name. Open it as http://127.0.0.1 with its port."
        case .tokenMissing: "The console needs its token. Send it as Authorization: Bearer TOKEN."
        case .tokenWrong: "This does not open the console. Check that the token is complete."
        case .crossSite: "Only the console's own page and programs may do this. Programs send the header X-Sakuga-Console: 1."
        }
    }
}
