import Checkpoints

/// Why a model could not be pulled.
package enum PullError: Error, Equatable, CustomStringConvertible {
    /// The name is not in the catalogue; `known` are the names that are.
    case unknownModel(name: String, known: [String])
    /// The address is not an http or https address.
    case badAddress(String)
    /// The proxy in the environment is invalid.
    case badProxy(String)
    /// All attempts to download `url`, the published address or a mirror's, failed.
    case unreachable(Catalogue.Entry, url: String, reason: String)
    /// The server of `url` responded, but not with the file.
    case refused(Catalogue.Entry, url: String, reason: String)
    /// The file is larger than the limit.
    case tooLarge(url: String, limit: Int)
    /// The downloaded file is not the published one.
    case wrongFile(name: String, url: String, expected: String, found: String)
    /// Another process is downloading the same model.
    case busy(name: String)
    /// The task was cancelled; the received bytes are kept for the next pull.
    case cancelled
    /// The file could not be written or installed.
    case store(ModelStoreError)

    /// The sentence for people.
    package var description: String {
        switch self {
        case .unknownModel(let name, let known):
            "There is no published model called \(name.printable); \(ModelNames.thereAre(known))."
        case .badAddress(let url):
            "'\(url.printable)' is not an http:// or https:// address."
        case .badProxy(let proxy):
            "The proxy '\(proxy.printable)' in the environment is invalid; write http://HOST:PORT or "
                + "socks5://HOST:PORT."
        case .unreachable(let entry, let url, let reason):
            "\(url.printable) could not be downloaded: \(reason). \(Self.advice(for: entry, after: url))"
        case .refused(let entry, let url, let reason):
            "\(url.printable) could not be downloaded: \(reason). \(Self.advice(for: entry, after: url))"
        case .tooLarge(let url, let limit):
            "\(url) is larger than the limit of \(limit) bytes; an AnimeGANv2 checkpoint has about 9 million."
        case .wrongFile(let name, let url, let expected, let found):
            "\(url) is not the published \(name): its git blob id is \(found), expected \(expected). Nothing was installed; "
                + "the download was damaged, or the file at that address was replaced. Try again, or use a mirror with --from URL."
        case .busy(let name):
            "Another process is downloading \(name); wait until it has finished."
        case .cancelled:
            "The download was cancelled; the next pull continues where it stopped."
        case .store(let error):
            error.description
        }
    }

    /// What to do when `url` fails. The failure of a mirror says nothing about the published address.
    private static func advice(for entry: Catalogue.Entry, after url: String) -> String {
        let manual = "copy the file to this machine and run `sakuga models import FILE --name \(entry.name)`."
        if url == entry.url { return "If this machine cannot reach it, download the file on another one, \(manual)" }
        return "The published file is at \(entry.url): pull it without --from, or download it on another machine, \(manual)"
    }
}

/// Decides what follows a failed download attempt; a value without side effects.
struct RetryPolicy {
    /// How an attempt ended.
    enum Failure: Error, Equatable {
        /// A network or server error; the next attempt may succeed.
        case transient(reason: String)
        /// The bytes of an earlier attempt do not match the file on the server.
        case stalePart(PullError)
        /// Retrying is useless.
        case final(PullError)
    }

    enum Decision: Equatable {
        /// Retry after the delay, because of `reason`.
        case retry(after: Duration, fromStart: Bool, reason: String)
        case fail(PullError)
    }

    /// The delays before each further attempt; their number limits the attempts.
    private var delays: ArraySlice<Duration>
    private var hasStartedOver = false
    private let entry: Catalogue.Entry
    private let url: String

    init(delays: [Duration], entry: Catalogue.Entry, url: String) {
        self.delays = delays[...]
        self.entry = entry
        self.url = url
    }

    mutating func decide(after failure: Failure) -> Decision {
        switch failure {
        case .final(let error):
            return .fail(error)
        case .stalePart(let error):
            guard !hasStartedOver else { return .fail(error) }
            hasStartedOver = true
            return .retry(
                after: .zero, fromStart: true, reason: "the bytes of an earlier attempt do not match the file on the server")
        case .transient(let reason):
            guard let delay = delays.popFirst() else { return .fail(.unreachable(entry, url: url, reason: reason)) }
            return .retry(after: delay, fromStart: false, reason: reason)
        }
    }
}
