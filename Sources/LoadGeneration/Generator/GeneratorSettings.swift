/// Everything that a generator needs to know before it starts.
package struct GeneratorSettings: Sendable {
    /// The server to load.
    package var target: LoadTarget
    /// The requests, chosen by weight. At least one.
    package var requests: [RequestTemplate]
    /// Who decides when a request starts.
    package var model: LoadModel
    /// How the target is spoken to.
    package var connection = ConnectionSettings()
    /// How a 202 is followed until its job has ended; nil counts it as queued.
    package var follow: FollowSettings?
    /// Event loops, each with a thread of its own. Users and arrivals are shared out among them.
    package var threads = defaultThreads
    /// Random seed of choices, think times and arrivals: two runs with the same seed send the same requests in the same order.
    package var seed: UInt64 = 1
    /// The prefix of each request's id (`X-Request-Id`): at most 40 letters, digits or hyphens.
    package var idPrefix = "sakuga"
    /// The number of the first request. Runs that load one target must not share numbers, or photos that are to be unique are not.
    package var firstNumber: UInt64 = 0

    /// Settings with defaults for everything else.
    package init(target: LoadTarget, requests: [RequestTemplate], model: LoadModel) {
        self.target = target
        self.requests = requests
        self.model = model
    }

    /// The default number of threads.
    package static let defaultThreads = 1
    /// How many threads a generator can have.
    package static let threadLimits = 1...256

    /// Checks that the settings are consistent.
    func verify() throws(GeneratorError) {
        guard !requests.isEmpty else { throw .settings("There is no request to send. Give at least one.") }
        guard Self.threadLimits.contains(threads) else {
            throw .settings(
                "A generator has \(Self.threadLimits.lowerBound) to \(Self.threadLimits.upperBound) threads, not \(threads).")
        }
        guard idPrefix.utf8.count <= 40, idPrefix.utf8.allSatisfy({ $0 > 0x2A && $0 < 0x7B && $0 != 0x3A && $0 != 0x3B }) else {
            throw .settings("The prefix of request ids has at most 40 letters, digits or hyphens; \"\(idPrefix)\" does not.")
        }
        switch model {
        case .closed(let wait):
            if let problem = wait.problem { throw .settings(problem) }
        case .open(_, let maximum):
            guard maximum > 0 else { throw .settings("In the open model at least one request must be allowed in flight.") }
        }
        for request in requests {
            do throws(RequestTemplateError) { try request.verify() } catch { throw .request(error) }
        }
    }
}

/// How the target is spoken to. Every limit is a bound: nothing waits or grows without end.
package struct ConnectionSettings: Sendable {
    /// Which version of HTTP.
    package enum Version: String, Sendable, CaseIterable {
        /// HTTP/1.1, one request at a time on a connection.
        case http1 = "1.1"
        /// HTTP/2: over TLS by ALPN, without TLS by prior knowledge. Each user has a connection and one stream at a time.
        case http2 = "2"
    }

    /// Which certificates are trusted.
    package enum Trust: Sendable, Hashable {
        /// Those that the system trusts.
        case system
        /// Those signed by a certificate of this PEM file.
        case file(String)
        /// Any, also expired or for another host name.
        case anything
    }

    /// The version of HTTP.
    package var version = Version.http1
    /// Whether a user keeps its connection for the next request; otherwise each request opens its own.
    package var keepAlive = true
    /// Which certificates are trusted.
    package var trust = Trust.system
    /// The time to establish a connection, TLS handshake included.
    package var connectTimeout = Duration.seconds(5)
    /// The time for a whole request, its connection included. Checked 20 times a second.
    package var requestTimeout = Duration.seconds(60)
    /// The longest response body in bytes; beyond it the request fails with `answer too long` and the connection is closed.
    package var maximumResponseBytes = 64_000_000

    package init() {}
}

/// How a 202 is followed to its end.
package struct FollowSettings: Sendable {
    /// The time between two polls of the job's state.
    package var interval = Duration.milliseconds(250)
    /// The time from the request's start after which it fails with `not done in time`.
    package var timeout = Duration.seconds(300)

    package init() {}
}

/// Why a generator did not start. No load was generated.
package enum GeneratorError: Error, Sendable, CustomStringConvertible {
    /// The target cannot be reached; the cause by its stable name, and what happened as a sentence.
    case unreachable(address: String, cause: FailureCause, detail: String)
    /// A request cannot be sent as described.
    case request(RequestTemplateError)
    /// A file of certificates cannot be used.
    case trust(file: String, detail: String)
    /// The settings are inconsistent; a sentence.
    case settings(String)

    package var description: String {
        switch self {
        case .unreachable(let address, _, let detail): "\(address) cannot be reached. \(detail)"
        case .request(let error): error.description
        case .trust(let file, let detail): "The certificates in \(file) cannot be read: \(detail). Use a file in PEM format."
        case .settings(let sentence): sentence
        }
    }
}
