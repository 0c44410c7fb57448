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

/// One address on its way into one part file.
struct Download: Sendable {
    let client: HTTPClient
    let part: PartFile
    let entry: Catalogue.Entry
    let url: String
    let byteLimit: Int
    let report: @Sendable (ModelPuller.Event) -> Void

    /// One attempt: asks for what is missing, or for everything, and keeps what comes.
    /// - Returns: whether part of the file is from an earlier attempt.
    func run(fresh: Bool) async throws(RetryPolicy.Failure) -> Bool {
        let part = part
        let url = url
        let remains = fresh ? nil : await BlockingThreadPool.shared.run { part.remains(of: url) }
        let response = try await response(to: request(remains))
        let start = try await begin(response, remains)
        try await receive(response, from: start)
        return start > 0
    }

    private func request(_ remains: (count: Int, note: PartFile.Note)?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "user-agent", value: "sakuga")
        // A compressed transfer would have other offsets than the file.
        request.headers.add(name: "accept-encoding", value: "identity")
        guard let remains else { return request }
        request.headers.add(name: "range", value: "bytes=\(remains.count)-")
        if !remains.note.validator.isEmpty { request.headers.add(name: "if-range", value: remains.note.validator) }
        return request
    }

    private func response(to request: HTTPClientRequest) async throws(RetryPolicy.Failure) -> HTTPClientResponse {
        do {
            // The read timeout bounds every silence; an hour bounds the slowest trickle.
            return try await client.execute(request, timeout: .hours(1))
        } catch {
            throw failure(of: error)
        }
    }

    /// Looks at the answer's head and readies the part file. Gives the offset of the first byte to come.
    private func begin(
        _ response: HTTPClientResponse, _ remains: (count: Int, note: PartFile.Note)?
    ) async throws(RetryPolicy.Failure) -> Int {
        switch response.status.code {
        case 200:
            let note = PartFile.Note(url: url, validator: Self.validator(response.headers))
            try await keep { part throws(ModelStoreError) in try part.begin(note) }
            return 0
        case 206:
            guard let remains, Self.rangeStart(response.headers) == remains.count else {
                throw .staleRemains(refused("the server sent another part of the file than was asked for"))
            }
            return remains.count
        case 416 where remains != nil:
            throw .staleRemains(refused("the server has no such part of the file"))
        case 408, 425, 429, 500...599:
            throw .transient(reason: "the server answered \(response.status)")
        default:
            throw .final(refused("the server answered \(response.status)"))
        }
    }

    private func receive(_ response: HTTPClientResponse, from start: Int) async throws(RetryPolicy.Failure) {
        let length = response.headers.first(name: "content-length").flatMap { Int($0) }
        var received = start
        let tooLarge = RetryPolicy.Failure.final(.tooLarge(url: url, limit: byteLimit))
        guard (length ?? 0) <= byteLimit - received else { throw tooLarge }
        let total = length.map { $0 + start }
        report(.progress(.init(received: received, total: total, resumedFrom: start)))
        var pieces = response.body.makeAsyncIterator()
        while let piece = try await next(&pieces) {
            received += piece.readableBytes
            guard received <= byteLimit else { throw tooLarge }
            try await keep { part throws(ModelStoreError) in try part.append(piece.readableBytesView) }
            report(.progress(.init(received: received, total: total, resumedFrom: start)))
        }
        if let total, received != total { throw .transient(reason: "the connection ended after \(received) of \(total) bytes") }
    }

    private func next(
        _ pieces: inout HTTPClientResponse.Body.AsyncIterator
    ) async throws(RetryPolicy.Failure) -> ByteBuffer? {
        do { return try await pieces.next() } catch { throw failure(of: error) }
    }

    private func keep(_ work: @escaping @Sendable (PartFile) throws(ModelStoreError) -> Void) async throws(RetryPolicy.Failure) {
        let part = part
        do throws(ModelStoreError) {
            try await BlockingThreadPool.shared.run { () throws(ModelStoreError) in try work(part) }
        } catch { throw .final(.store(error)) }
    }

    private func refused(_ reason: String) -> PullError { .refused(entry, url: url, reason: reason) }

    private func failure(of error: any Error) -> RetryPolicy.Failure {
        if error is CancellationError || Task.isCancelled { return .final(.cancelled) }
        switch error as? HTTPClientError {
        case .redirectLimitReached?, .redirectCycleDetected?: return .final(refused("its redirects do not end"))
        case .proxyAuthenticationRequired?: return .final(refused("the proxy wants a user name and a password"))
        case .connectTimeout?: return .transient(reason: "no connection (the attempt timed out)")
        case .readTimeout?: return .transient(reason: "nothing came for too long")
        case .remoteConnectionClosed?: return .transient(reason: "the connection was closed in the middle")
        case let error?: return .transient(reason: error.shortDescription)
        case nil: return .transient(reason: "no connection (\(ConnectionFailure.inWords(error)))")
        }
    }

    /// A strong ETag, or else the date of the last change; both may be used with `If-Range` (RFC 9110, 13.1.5).
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

/// Why no connection came about, in a person's words instead of the network library's.
enum ConnectionFailure {
    /// A clause without a full stop, such as `example.org refused the connection`.
    static func inWords(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            inWords(error)
        case let error as IOError:
            inWords(error.errnoCode, peer: "the server")
        case is SocketAddressError.UnknownHost:
            "the server's name cannot be resolved"
        case ChannelError.connectTimeout:
            "the attempt timed out"
        default:
            String(describing: error).printable
        }
    }

    /// The host is named because it may be a proxy, which the address that is pulled does not show.
    private static func inWords(_ error: NIOConnectionError) -> String {
        let host = error.host.printable
        // A name may well have addresses of one family only, so a look-up's failure counts only where nothing was tried.
        guard let tried = error.connectionErrors.first else { return "the name \(host) cannot be resolved" }
        if let tried = tried.error as? IOError { return inWords(tried.errnoCode, peer: "\(host):\(error.port)") }
        return inWords(tried.error)
    }

    private static func inWords(_ code: CInt, peer: String) -> String {
        switch code {
        case ECONNREFUSED: "\(peer) refused the connection"
        case ETIMEDOUT: "the attempt to reach \(peer) timed out"
        case ENETUNREACH, ENETDOWN: "this machine has no way to the network of \(peer)"
        case EHOSTUNREACH: "there is no way to \(peer)"
        case ECONNRESET, EPIPE: "\(peer) broke it off"
        default: "\(peer): \(String(cString: strerror(code)))"
        }
    }
}
