import LoadGeneration
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why metrics could not be read, as a sentence.
struct MetricsError: Error, Sendable {
    let reason: String
}

/// An address with metrics in Prometheus' text format, read over a new connection each time.
struct MetricsEndpoint: Sendable {
    /// The most bytes of a response.
    static let longest = 8 << 20
    /// The time for one reading.
    static let timeout = TimeAmount.seconds(3)

    private let address: LoadTarget
    private let head: HTTPRequestHead
    private let tls: NIOSSLContext?

    /// - Throws: when certificates can't be read.
    init(_ address: LoadTarget, headers: [String: String], connection: ConnectionSettings) throws(MetricsError) {
        self.address = address
        var settings = connection
        settings.version = .http1
        do throws(GeneratorError) {
            tls = try address.tlsContext(settings)
        } catch {
            throw MetricsError(reason: "\(error)")
        }
        var fields = HTTPHeaders([("Host", address.authority), ("Connection", "close"), ("Accept", "text/plain")])
        for (name, value) in headers { fields.add(name: name, value: value) }
        let path = address.basePath.isEmpty ? "/metrics" : address.basePath
        head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: fields)
    }

    /// Reads the metrics once.
    func read() async throws(MetricsError) -> PrometheusText {
        let answer: MetricsResponse
        do { answer = try await fetch() } catch let error as MetricsError { throw error } catch {
            throw MetricsError(reason: RequestFailure(error).detail)
        }
        guard answer.status == 200 else { throw MetricsError(reason: "it answers with status \(answer.status).") }
        guard let text = PrometheusText(String(decoding: answer.body.readableBytesView, as: UTF8.self)) else {
            throw MetricsError(reason: "its response is not in Prometheus' text format.")
        }
        return text
    }

    private func fetch() async throws -> MetricsResponse {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: MetricsResponse.self)
        let timer = loop.scheduleTask(in: Self.timeout) {
            promise.fail(
                MetricsError(reason: "it does not respond within \(Self.timeout.nanoseconds / 1_000_000_000) seconds."))
        }
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(Self.timeout)
            .channelInitializer { [tls, address, head] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        let name = address.isAddress ? nil : address.host
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(MetricsReader(head: head, promise: promise))
                }
            }
            .connect(host: address.host, port: address.port)
        connecting.whenFailure { promise.fail($0) }
        promise.futureResult.whenComplete { _ in
            timer.cancel()
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        return try await promise.futureResult.get()
    }
}

/// What came back.
private struct MetricsResponse: Sendable {
    var status: Int
    var body = ByteBuffer()
}

/// Sends one request and collects its response.
private final class MetricsReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let promise: EventLoopPromise<MetricsResponse>
    private var answer: MetricsResponse?

    init(head: HTTPRequestHead, promise: EventLoopPromise<MetricsResponse>) {
        self.head = head
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): answer = MetricsResponse(status: Int(head.status.code))
        case .body(var part):
            guard (answer?.body.readableBytes ?? 0) + part.readableBytes <= MetricsEndpoint.longest else {
                return promise.fail(MetricsError(reason: "its response is longer than \(MetricsEndpoint.longest) bytes."))
            }
            answer?.body.writeBuffer(&part)
        case .end:
            if let answer { promise.succeed(answer) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(MetricsError(reason: "it closes the connection before its response is complete."))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
