import NIOCore
import NIOPosix

/// A request from its start to its record, including the polls for a queued job.
struct LoadRequest {
    /// The index of its template, and of the template's body.
    let template: Int
    let body: Int
    /// The number in its id.
    let number: UInt64
    /// The intended start, where the load has a schedule. Times are nanoseconds of the monotonic clock.
    let due: UInt64?
    /// The actual start.
    let start: UInt64
    /// When it times out.
    var deadline: UInt64
    /// What is being sent, or is to be sent as soon as there is a connection.
    var outgoing: OutgoingRequest
    /// Bytes sent and received for it so far.
    var sent = 0
    var received = 0
    /// Whether it was sent again because a kept connection had gone stale.
    var wasResent = false
    /// Set once a 202 is followed.
    var polling: JobPolling?
    /// Whether the response that is awaited is the queued job's result.
    var fetchesResult = false

    /// Its `X-Request-Id`.
    var id: String { PreparedMessage.id(outgoing.idPrefix, number) }
}

/// Creates the requests of one event loop's users and checks their responses. Decides; sends nothing.
struct PendingRequests {
    private let settings: GeneratorSettings
    private let index: Int
    /// For each template the messages of its bodies (one for a template without a body).
    private let messages: [[PreparedMessage]]
    private let labels: [Int]
    private let choice: WeightedChoice
    private let timeout: UInt64
    private var random: SeededRandom
    /// For each template the index of the next body.
    private var nextBody: [Int]
    private var decodeBudgets: [DecodeBudget]
    private var created: UInt64 = 0

    /// The requests of event loop `index`.
    init(_ setup: GeneratorSetup, index: Int, seed: UInt64) {
        settings = setup.settings
        self.index = index
        messages = setup.messages
        labels = setup.labelOfTemplate
        choice = WeightedChoice(settings.requests.map(\.weight))
        timeout = settings.connection.requestTimeout.wholeNanoseconds
        random = SeededRandom(seed: seed)
        // Loops begin at different bodies, so that few users send the same photo at the same time.
        nextBody = setup.messages.map { index % max(1, $0.count) }
        let now = NIODeadline.now().uptimeNanoseconds
        decodeBudgets = settings.requests.map { DecodeBudget(perSecond: $0.checks.picture?.decodesPerSecond ?? 0, now: now) }
    }

    /// Creates the next request.
    mutating func next(due: UInt64?, now: UInt64) -> LoadRequest {
        let template = choice.next(&random)
        let body = nextBody[template]
        nextBody[template] = body + 1 == messages[template].count ? 0 : body + 1
        created += 1
        let request = settings.requests[template]
        // Loops interleave their numbers.
        let number = settings.firstNumber &+ created &* UInt64(settings.threads) &+ UInt64(index) &- UInt64(settings.threads - 1)
        let outgoing = OutgoingRequest(
            message: messages[template][body], number: number, idPrefix: settings.idPrefix,
            isHeadRequest: request.method == "HEAD", retention: request.checks.needsBody ? .full : .prefix)
        return LoadRequest(
            template: template, body: body, number: number, due: due, start: now, deadline: now &+ timeout, outgoing: outgoing)
    }

    /// The index of the label that a request counts for.
    func label(of request: LoadRequest) -> Int { labels[request.template] }

    /// A request for a queued job's state or result, with the template's own header fields.
    func followUp(_ request: LoadRequest, path: String) -> OutgoingRequest {
        let template = settings.requests[request.template]
        let fields = template.headers.filter { !$0.name.lowercased().hasPrefix("content-") }
        let message = PreparedMessage(
            RequestTemplate(name: template.name, path: path, headers: fields), body: nil, target: settings.target.withoutPath,
            keepAlive: settings.connection.keepAlive, idPrefix: settings.idPrefix)
        return OutgoingRequest(
            message: message, number: request.number, idPrefix: settings.idPrefix, isHeadRequest: false, retention: .full)
    }

    /// Runs the checks of a response.
    mutating func check(_ response: TargetResponse, of request: LoadRequest, now: UInt64) -> CheckResult {
        let template = settings.requests[request.template]
        let expected = template.bodies.isEmpty ? nil : template.bodies[request.body].expectedPicture
        let mayDecode = template.checks.picture?.decode != nil && decodeBudgets[request.template].take(now: now)
        var checks = template.checks
        if request.fetchesResult {
            // The result of a queued job is the bare picture, whatever form a direct response has.
            let picture = checks.picture.map {
                PictureCheck(place: .body, expected: $0.expected, decodesPerSecond: $0.decodesPerSecond, decode: $0.decode)
            }
            checks = ResponseChecks(statuses: 200...200, picture: picture, acceptsQueued: false)
        }
        return checks.check(status: response.status, body: response.body, expected: expected, mayDecode: mayDecode)
    }
}

/// What the event loops of a generator share, made once before any of them starts.
struct GeneratorSetup: Sendable {
    let settings: GeneratorSettings
    let connector: Connector
    /// Where pictures are decoded: one thread, which leaves the cores to the event loops. NIO's pool and not `BlockingThreadPool`, because
    /// it answers on an event loop without a task for each picture.
    let pool: NIOThreadPool
    /// For each template the messages of its bodies.
    let messages: [[PreparedMessage]]
    /// The labels of the tables, each once.
    let labels: [RequestLabel]
    /// For each template the index of its label.
    let labelOfTemplate: [Int]

    init(_ settings: GeneratorSettings, connector: Connector, pool: NIOThreadPool) {
        self.settings = settings
        self.connector = connector
        self.pool = pool
        messages = settings.requests.map { template in
            let bodies: [RequestBody?] = template.bodies.isEmpty ? [nil] : template.bodies
            return bodies.map {
                PreparedMessage(
                    template, body: $0, target: settings.target, keepAlive: settings.connection.keepAlive,
                    idPrefix: settings.idPrefix)
            }
        }
        let labels = settings.requests.labels
        labelOfTemplate = settings.requests.map { labels.firstIndex(of: $0.label) ?? 0 }
        self.labels = labels
    }
}

/// Chooses among templates by weight.
package struct WeightedChoice {
    /// The sums of the weights up to and including each.
    private let sums: [Double]

    /// Weights above 0.
    package init(_ weights: [Double]) {
        var sum = 0.0
        sums = weights.map { weight in
            sum += weight
            return sum
        }
    }

    /// The index of the chosen one. A single choice uses no random number.
    package func next(_ random: inout SeededRandom) -> Int {
        guard sums.count > 1, let total = sums.last else { return 0 }
        let point = random.unit() * total
        return sums.firstIndex { point < $0 } ?? sums.count - 1
    }
}
