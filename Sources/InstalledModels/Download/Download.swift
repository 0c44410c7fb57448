import AsyncHTTPClient
import BlockingThreads
import Checkpoints
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The download of one address into one part file.
struct Download: Sendable {
    let client: HTTPClient
    let part: PartFile
    let entry: Catalogue.Entry
    let url: String
    let byteLimit: Int
    let report: @Sendable (ModelPuller.Event) -> Void

    /// Makes one attempt: requests the missing bytes, or all of them with `fromStart`, and writes them to the part file.
    /// - Returns: whether a part of the file is from an earlier attempt.
    func run(fromStart: Bool) async throws(RetryPolicy.Failure) -> Bool {
        let part = part
        let url = url
        let partial = fromStart ? nil : await BlockingThreadPool.shared.run { part.resumable(from: url) }
        let response = try await response(to: request(partial))
        let start = try await begin(response, partial)
        try await receive(response, from: start)
        return start > 0
    }

    private func request(_ partial: (count: Int, source: PartFile.Source)?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "user-agent", value: "sakuga")
        // The offsets of a compressed transfer would not be those of the file.
        request.headers.add(name: "accept-encoding", value: "identity")
        guard let partial else { return request }
        request.headers.add(name: "range", value: "bytes=\(partial.count)-")
        if !partial.source.validator.isEmpty { request.headers.add(name: "if-range", value: partial.source.validator) }
        return request
    }

    private func response(to request: HTTPClientRequest) async throws(RetryPolicy.Failure) -> HTTPClientResponse {
        do {
            // The read timeout limits each pause; an hour limits the whole download.
            return try await client.execute(request, timeout: .hours(1))
        } catch {
            throw failure(of: error)
        }
    }

    /// Checks the head of the response and prepares the part file. Returns the offset of the first byte of the body.
    private func begin(
        _ response: HTTPClientResponse, _ partial: (count: Int, source: PartFile.Source)?
    ) async throws(RetryPolicy.Failure) -> Int {
        switch response.status.code {
        case 200:
            let source = PartFile.Source(url: url, validator: Self.validator(response.headers))
            try await write { part throws(ModelStoreError) in try part.begin(source) }
            return 0
        case 206:
            guard let partial, Self.rangeStart(response.headers) == partial.count else {
                throw .stalePart(refused("the server sent a different range than requested"))
            }
            return partial.count
        case 416 where partial != nil:
            throw .stalePart(refused("the server does not have the requested range"))
        case 408, 425, 429, 500...599:
            throw .transient(reason: "the server responded \(response.status)")
        default:
            throw .final(refused("the server responded \(response.status)"))
        }
    }

    private func receive(_ response: HTTPClientResponse, from start: Int) async throws(RetryPolicy.Failure) {
        let length = response.headers.first(name: "content-length").flatMap { Int($0) }
        var received = start
        let tooLarge = RetryPolicy.Failure.final(.tooLarge(url: url, limit: byteLimit))
        guard (length ?? 0) <= byteLimit - received else { throw tooLarge }
        let total = length.map { $0 + start }
        report(.progress(.init(received: received, total: total, resumedFrom: start)))
        var chunks = response.body.makeAsyncIterator()
        while let chunk = try await next(&chunks) {
            received += chunk.readableBytes
            guard received <= byteLimit else { throw tooLarge }
            try await write { part throws(ModelStoreError) in try part.append(chunk.readableBytesView) }
            report(.progress(.init(received: received, total: total, resumedFrom: start)))
        }
        if let total, received != total { throw .transient(reason: "the connection ended after \(received) of \(total) bytes") }
    }

    private func next(
        _ chunks: inout HTTPClientResponse.Body.AsyncIterator
    ) async throws(RetryPolicy.Failure) -> ByteBuffer? {
        do { return try await chunks.next() } catch { throw failure(of: error) }
    }

    private func write(_ work: @escaping @Sendable (PartFile) throws(ModelStoreError) -> Void) async throws(RetryPolicy.Failure) {
        let part = part
        do throws(ModelStoreError) {
            try await BlockingThreadPool.shared.run { () throws(ModelStoreError) in try work(part) }
        } catch { throw .final(.store(error)) }
    }

    private func refused(_ reason: String) -> PullError { .refused(entry, url: url, reason: reason) }

    private func failure(of error: any Error) -> RetryPolicy.Failure {
        if error is CancellationError || Task.isCancelled { return .final(.cancelled) }
        switch error as? HTTPClientError {
        case .redirectLimitReached?, .redirectCycleDetected?: return .final(refused("it redirects too often"))
        case .proxyAuthenticationRequired?: return .final(refused("the proxy requires a user name and a password"))
        case .connectTimeout?: return .transient(reason: "no connection (the attempt timed out)")
        case .readTimeout?: return .transient(reason: "the connection was idle for too long")
        case .remoteConnectionClosed?: return .transient(reason: "the connection was closed before the end")
        case let error?: return .transient(reason: error.shortDescription)
        case nil: return .transient(reason: "no connection (\(ConnectionFailure.describe(error)))")
        }
    }

    /// A strong ETag, else the modification date; `If-Range` takes both (RFC 9110, 13.1.5).
    private static func validator(_ headers: HTTPHeaders) -> String {
        if let tag = headers.first(name: "etag"), !tag.hasPrefix("W/") { return tag }
        return headers.first(name: "last-modified") ?? ""
    }

    /// The first byte's offset in `Content-Range: bytes 5-9/10`.
    private static func rangeStart(_ headers: HTTPHeaders) -> Int? {
        guard let text = headers.first(name: "content-range"), text.lowercased().hasPrefix("bytes ") else { return nil }
        return text.dropFirst(6).split(separator: "-").first.flatMap { Int($0) }
    }
}

/// Describes connection errors for people.
enum ConnectionFailure {
    /// A clause without a full stop, such as `example.org refused the connection`.
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            describe(error)
        case let error as IOError:
            describe(error.errnoCode, peer: "the server")
        case is SocketAddressError.UnknownHost:
            "the name of the server cannot be resolved"
        case ChannelError.connectTimeout:
            "the attempt timed out"
        default:
            String(describing: error).printable
        }
    }

    /// Names the host, because it may be a proxy that is not in the address of the file.
    private static func describe(_ error: NIOConnectionError) -> String {
        let host = error.host.printable
        // A name may have addresses of one family only, so a failed look-up matters only if no address was tried.
        guard let tried = error.connectionErrors.first else { return "the name \(host) cannot be resolved" }
        if let tried = tried.error as? IOError { return describe(tried.errnoCode, peer: "\(host):\(error.port)") }
        return describe(tried.error)
    }

    private static func describe(_ code: CInt, peer: String) -> String {
        switch code {
        case ECONNREFUSED: "\(peer) refused the connection"
        case ETIMEDOUT: "the attempt to reach \(peer) timed out"
        case ENETUNREACH, ENETDOWN: "the network of \(peer) is unreachable"
        case EHOSTUNREACH: "\(peer) is unreachable"
        case ECONNRESET, EPIPE: "\(peer) closed the connection"
        default: "\(peer): \(String(cString: strerror(code)))"
        }
    }
}
