import HTTPTypes

/// The refusals of the console.
extension Refusal {
    static let wrongHost = Refusal(
        .misdirectedRequest, code: "wrong_host",
        "The console is for this machine and doesn't answer to that name. Open it as http://127.0.0.1 with its port.")

    static let tokenMissing = Refusal(
        .unauthorized, code: "token_missing",
        "The console needs its token, or an API key with the scope admin. Send it as Authorization: Bearer TOKEN.")

    static let tokenWrong = Refusal(
        .unauthorized, code: "token_wrong", "This does not open the console. Check that the token is complete.")

    static let crossSite = Refusal(
        .forbidden, code: "cross_site",
        "Only the console's own page and programs may do this. Programs send the header X-Sakuga-Console: 1.")

    static func tooManyConsoles(limit: Int) -> Refusal {
        Refusal(
            .serviceUnavailable, code: "overloaded",
            "\(limit) consoles are open already. Close one, or read /admin/state from time to time.", retryAfter: 10)
    }

    static func unknownAdminPath(_ path: String) -> Refusal {
        Refusal(
            .notFound, code: "unknown_path",
            "There is nothing at \(path.prefix(100)). The page is /console; programs read /admin/state and /admin/events.")
    }
}
