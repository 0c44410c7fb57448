import Foundation
import Hummingbird
import HTTPTypes
import Logging
import NIOCore
import Synchronization

/// A local web server that answers each request with the next step of a script; the last step repeats.
final class ModelServer: Sendable {
    enum Step: Sendable {
        /// The whole file, or the requested range.
        case serve([UInt8], etag: String?)
        /// The whole file with status 200, for any request.
        case ignoreRange([UInt8])
        /// The head of the whole file, then this many bytes and a broken connection.
        case cut([UInt8], after: Int, etag: String?)
        case status(Int)
        case redirect(String)
        /// An endless body.
        case endless
    }

    struct Seen: Sendable, Equatable {
        let path: String
        let range: String?
        let ifRange: String?
    }

    struct Cut: Error {}

    private let script: Mutex<[Step]>
    private let log = Mutex<[Seen]>([])

    init(_ script: [Step]) { self.script = Mutex(script) }

    var seen: [Seen] { log.withLock { $0 } }

    /// Runs the server while `body` runs, with the address of a file on it.
    func serve<Value: Sendable>(_ body: @escaping @Sendable (String) async throws -> Value) async throws -> Value {
        let router = Router()
        router.get("**") { request, _ in self.answer(request) }
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "model-server")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) }, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            let value = try await body("http://127.0.0.1:\(port)/model.pt")
            group.cancelAll()
            return value
        }
    }

    private func answer(_ request: Request) -> Response {
        let range = request.headers[.range]
        log.withLock { $0.append(Seen(path: request.uri.path, range: range, ifRange: request.headers[.ifRange])) }
        switch script.withLock({ $0.count > 1 ? $0.removeFirst() : $0[0] }) {
        case .status(let code):
            return Response(status: .init(code: code))
        case .redirect(let location):
            return Response(status: .found, headers: [.location: location])
        case .ignoreRange(let bytes):
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .serve(let bytes, let etag):
            return part(bytes, etag, request)
        case .cut(let bytes, let count, let etag):
            return cut(bytes, count, etag)
        case .endless:
            return Response(
                status: .ok,
                body: .init { writer in
                    while true { try await writer.write(ByteBuffer(repeating: 0, count: 65_536)) }
                })
        }
    }

    private func part(_ bytes: [UInt8], _ etag: String?, _ request: Request) -> Response {
        var headers = HTTPFields()
        if let etag { headers[.eTag] = etag }
        let isSame = request.headers[.ifRange] == nil || request.headers[.ifRange] == etag
        guard isSame, let text = request.headers[.range], let start = Int(text.dropFirst(6).dropLast()) else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        guard start < bytes.count else { return Response(status: .rangeNotSatisfiable) }
        headers[.contentRange] = "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
        return Response(status: .partialContent, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes[start...])))
    }

    private func cut(_ bytes: [UInt8], _ count: Int, _ etag: String?) -> Response {
        var headers = HTTPFields()
        if let etag { headers[.eTag] = etag }
        let body = ResponseBody(contentLength: bytes.count) { writer in
            try await writer.write(ByteBuffer(bytes: bytes[..<count]))
            throw Cut()
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}
