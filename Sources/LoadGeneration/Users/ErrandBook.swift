import NIOCore

/// What the users of one event loop ask next, and what they make of the answers. Decides; sends nothing.
struct ErrandBook {
    private let settings: GeneratorSettings
    private let place: Int
    /// For each template the messages of its bodies (one for a template without a body).
    private let messages: [[PreparedMessage]]
    private let labels: [Int]
    private let choice: WeightedChoice
    private let requestNanoseconds: UInt64
    private var random: SeededRandom
    private var turns: [Int]
    private var budgets: [DecodeBudget]
    private var numbered: UInt64 = 0

    init(_ setup: GeneratorSetup, place: Int, seed: UInt64) {
        settings = setup.settings
        self.place = place
        messages = setup.messages
        labels = setup.labelOfTemplate
        choice = WeightedChoice(settings.requests.map(\.weight))
        requestNanoseconds = settings.connection.requestTimeout.wholeNanoseconds
        random = SeededRandom(seed: seed)
        // Loops begin at different bodies, so that few users send the same photo at the same time.
        turns = setup.messages.map { place % max(1, $0.count) }
        let now = NIODeadline.now().uptimeNanoseconds
        budgets = settings.requests.map { DecodeBudget(perSecond: $0.checks.picture?.decodesPerSecond ?? 0, now: now) }
    }

    /// The next request.
    mutating func next(due: UInt64?, now: UInt64) -> Errand {
        let template = choice.next(&random)
        let body = turns[template]
        turns[template] = body + 1 == messages[template].count ? 0 : body + 1
        numbered += 1
        let request = settings.requests[template]
        let number = settings.firstNumber &+ numbered &* UInt64(settings.threads) &+ UInt64(place) &- UInt64(settings.threads - 1)
        let call = WireCall(
            message: messages[template][body], number: number, idPrefix: settings.idPrefix,
            isHeadRequest: request.method == "HEAD", keep: request.checks.needsBody ? .all : .beginning)
        return Errand(
            template: template, body: body, number: number, due: due, start: now, deadline: now &+ requestNanoseconds, call: call)
    }

    /// Which of the windows' labels an errand counts for.
    func label(of errand: Errand) -> Int { labels[errand.template] }

    /// A look at a queued job, or at its result, with the template's own header fields.
    func followCall(_ errand: Errand, path: String) -> WireCall {
        let request = settings.requests[errand.template]
        let fields = request.headers.filter { !$0.name.lowercased().hasPrefix("content-") }
        let message = PreparedMessage(
            RequestTemplate(name: request.name, path: path, headers: fields), body: nil, target: settings.target.withoutPath,
            keepAlive: settings.connection.keepAlive, idPrefix: settings.idPrefix)
        return WireCall(message: message, number: errand.number, idPrefix: settings.idPrefix, isHeadRequest: false, keep: .all)
    }

    /// What the checks say about an answer.
    mutating func verdict(_ answer: WireAnswer, for errand: Errand, now: UInt64) -> AnswerVerdict {
        let request = settings.requests[errand.template]
        let expected = request.bodies.isEmpty ? nil : request.bodies[errand.body].expectedPicture
        let mayDecode = request.checks.picture?.decode != nil && budgets[errand.template].take(now: now)
        guard errand.fetchesResult else {
            return request.checks.verdict(status: answer.status, body: answer.body, expected: expected, mayDecode: mayDecode)
        }
        // The result of a queued request is the picture itself, whatever form a direct answer has.
        var checks = AnswerChecks(statuses: 200...200, queuedMeansAccepted: false)
        checks.picture = request.checks.picture.map {
            PictureCheck(place: .body, expected: $0.expected, decodesPerSecond: $0.decodesPerSecond, decode: $0.decode)
        }
        return checks.verdict(status: answer.status, body: answer.body, expected: expected, mayDecode: mayDecode)
    }
}
