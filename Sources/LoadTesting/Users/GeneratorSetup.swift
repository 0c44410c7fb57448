import NIOCore
import NIOPosix

/// What all event loops of a generator share, made once before any of them begins.
struct GeneratorSetup: Sendable {
    let settings: GeneratorSettings
    let connector: Connector
    /// Where pictures are decoded: one thread, which leaves the cores to the event loops. NIO's pool and not `BlockingThreadPool`, because
    /// it answers on an event loop without a task for each picture.
    let pool: NIOThreadPool
    /// For each template the messages of its bodies.
    let messages: [[PreparedMessage]]
    /// The names that tables show, each once.
    let labels: [RequestLabel]
    /// Which label a template has.
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
        let labels = settings.labels
        labelOfTemplate = settings.requests.map { labels.firstIndex(of: $0.label) ?? 0 }
        self.labels = labels
    }
}

extension RequestTemplate {
    /// What tables show of it.
    fileprivate var label: RequestLabel { RequestLabel(method: method, name: name) }
}

extension GeneratorSettings {
    /// The labels of all windows: each method and name once, in the order of the requests.
    package var labels: [RequestLabel] {
        var seen: Set<RequestLabel> = []
        return requests.map(\.label).filter { seen.insert($0).inserted }
    }

    /// Says what contradicts itself.
    func verify() throws(GeneratorError) {
        guard !requests.isEmpty else { throw .settings("There is no request to send. Give at least one.") }
        guard (1...256).contains(threads) else { throw .settings("A generator has 1 to 256 threads, not \(threads).") }
        guard idPrefix.utf8.count <= 40, idPrefix.utf8.allSatisfy({ $0 > 0x2A && $0 < 0x7B && $0 != 0x3A && $0 != 0x3B }) else {
            throw .settings("The ids of requests begin with at most 40 letters, digits or hyphens, not with \"\(idPrefix)\".")
        }
        switch model {
        case .closed(let wait):
            if let fault = wait.fault { throw .settings(fault) }
        case .open(_, let maximum):
            guard maximum > 0 else { throw .settings("In the open model at least one request has to be in flight.") }
        }
        for request in requests {
            do throws(RequestTemplateError) { try request.verify() } catch { throw .request(error) }
        }
    }
}
