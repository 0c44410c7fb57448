import HTTPTypes
import WebPages

/// The refusals of the console.
extension Refusal {
    /// What the console's door refuses.
    init(_ refusal: ConsoleRefusal) {
        let sentence =
            refusal == .tokenMissing
            ? "The console needs its token, or an API key with the scope admin. Send it as Authorization: Bearer TOKEN."
            : refusal.sentence
        self.init(refusal.status, code: refusal.code, sentence)
    }

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
