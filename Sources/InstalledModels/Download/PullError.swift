import Checkpoints

/// Why a model could not be pulled.
package enum PullError: Error, Equatable, CustomStringConvertible {
    /// The name is not in the catalogue; `known` are those that are.
    case unknownModel(name: String, known: [String])
    /// The address is no http or https address.
    case badAddress(String)
    /// The proxy that the environment names cannot be used.
    case badProxy(String)
    /// After every retry there was still no whole file at `url`, the catalogue's address or a mirror's.
    case unreachable(Catalogue.Entry, url: String, reason: String)
    /// The server of `url` answered, but not with the file.
    case refused(Catalogue.Entry, url: String, reason: String)
    /// The file is larger than any checkpoint of this network.
    case tooLarge(url: String, limit: Int)
    /// What came is not the file that the catalogue means.
    case wrongFile(name: String, url: String, expected: String, found: String)
    /// Another process is pulling the same model.
    case busy(name: String)
    /// The task was cancelled; what has come is kept for next time.
    case cancelled
    /// The file could not be kept or installed.
    case store(ModelStoreError)

    /// The sentence for people.
    package var description: String {
        switch self {
        case .unknownModel(let name, let known):
            "There is no model called \(name.printable) to pull; \(ModelNames.thereAre(known))."
        case .badAddress(let url):
            "'\(url.printable)' is not an http:// or https:// address."
        case .badProxy(let proxy):
            "The proxy '\(proxy.printable)' in the environment cannot be used; it should look like http://HOST:PORT or "
                + "socks5://HOST:PORT."
        case .unreachable(let entry, let url, let reason):
            "\(url.printable) could not be fetched: \(reason). \(Self.otherWays(to: entry, than: url))"
        case .refused(let entry, let url, let reason):
            "\(url.printable) was not delivered: \(reason). \(Self.otherWays(to: entry, than: url))"
        case .tooLarge(let url, let limit):
            "\(url) is larger than \(limit) bytes and was not taken; an AnimeGANv2 checkpoint has about 9 million."
        case .wrongFile(let name, let url, let expected, let found):
            "\(url) is not the published \(name): its git blob id is \(found), expected \(expected). Nothing was installed; "
                + "the download was damaged, or the file at that address was replaced. Try again, or another mirror with --from URL."
        case .busy(let name):
            "Another process is pulling \(name) now; wait for it to finish."
        case .cancelled:
            "The download was stopped; the next pull goes on where it ended."
        case .store(let error):
            error.description
        }
    }

    /// What to do when `url` fails: a mirror's failure says nothing about the published address.
    private static func otherWays(to entry: Catalogue.Entry, than url: String) -> String {
        let byHand = "bring the file here and run `sakuga models import FILE --name \(entry.name)`."
        if url == entry.url { return "If this machine has no way to it, download it on another one, \(byHand)" }
        return "The published file is at \(entry.url): pull it without --from, or download it on another machine, \(byHand)"
    }
}

/// Decides what follows a failed attempt to download. Does nothing itself, so it is tested by calling it.
struct RetryPolicy {
    /// How an attempt ended.
    enum Failure: Error, Equatable {
        /// It may go better next time: the network, or a server in trouble.
        case transient(reason: String)
        /// What was kept from an earlier attempt does not fit what the server has now.
        case staleRemains(PullError)
        /// Trying again cannot help.
        case final(PullError)
    }

    enum Decision: Equatable {
        /// Try again after the delay, because of `reason`; `fresh` means from the first byte.
        case again(after: Duration, fresh: Bool, reason: String)
        case giveUp(PullError)
    }

    /// The waits before each further attempt; their number bounds the attempts.
    private var delays: ArraySlice<Duration>
    private var hasStartedAnew = false
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
            return .giveUp(error)
        case .staleRemains(let error):
            guard !hasStartedAnew else { return .giveUp(error) }
            hasStartedAnew = true
            return .again(
                after: .zero, fresh: true, reason: "what an earlier attempt left is no part of the file that is there now")
        case .transient(let reason):
            guard let delay = delays.popFirst() else { return .giveUp(.unreachable(entry, url: url, reason: reason)) }
            return .again(after: delay, fresh: false, reason: reason)
        }
    }
}
