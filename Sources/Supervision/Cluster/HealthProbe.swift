import BlockingThreads
import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Asks a server for its health: connects, sends a short request and reads the answer, within a time limit.
package enum HealthProbe {
    /// Servers that do not answer keep a thread for the whole time limit; other probes must not wait for it.
    private static let threads = BlockingThreadPool("health probe", maximumThreads: 32)
    /// The longest answer in bytes.
    private static let limit = 1 << 20

    /// Sends `GET path` and returns status and body; nil without an answer in time.
    package static func get(_ path: String, of address: ClusterAddress, seconds: Double) async -> (status: Int, body: String)? {
        let request = "GET \(path) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\n\r\n"
        guard let answer = await ask(request, of: address, seconds: seconds), answer.hasPrefix("HTTP/1.") else { return nil }
        let words = answer.prefix { !$0.isNewline }.split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        return (status, answer.firstRange(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? "")
    }

    /// Whether Redis answers, with or without a password.
    package static func redisAnswers(_ address: ClusterAddress, seconds: Double) async -> Bool {
        let answer = await ask("PING\r\nQUIT\r\n", of: address, seconds: seconds) ?? ""
        return answer.hasPrefix("+PONG") || answer.hasPrefix("-NOAUTH")
    }

    /// Sends `text` and returns what comes until the server closes the connection.
    private static func ask(_ text: String, of address: ClusterAddress, seconds: Double) async -> String? {
        await threads.run { exchange(text, address, seconds: seconds) }
    }

    private static func exchange(_ text: String, _ address: ClusterAddress, seconds: Double) -> String? {
        let end = DispatchTime.now().uptimeNanoseconds + UInt64(max(0.001, seconds) * 1e9)
        guard let socket = open(address) else { return nil }
        defer { close(socket) }
        guard wait(socket, for: Int16(POLLOUT), until: end) else { return nil }
        let bytes = Array(text.utf8)
        guard send(socket, bytes, bytes.count, noSignal) == bytes.count else { return nil }
        var answer: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 65_536)
        while answer.count < limit {
            guard wait(socket, for: Int16(POLLIN), until: end) else { return nil }
            let count = recv(socket, &buffer, buffer.count, 0)
            if count <= 0 { break }
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }

    #if canImport(Glibc)
        private static let noSignal = Int32(MSG_NOSIGNAL)
        fileprivate static let stream = Int32(SOCK_STREAM.rawValue)
    #else
        private static let noSignal: Int32 = 0
        fileprivate static let stream = SOCK_STREAM
    #endif

    /// A non-blocking socket whose connection is under way.
    private static func open(_ address: ClusterAddress) -> Int32? {
        var hints = addrinfo(), found: UnsafeMutablePointer<addrinfo>?
        hints.ai_socktype = stream
        guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0, let first = found else { return nil }
        defer { freeaddrinfo(found) }
        let descriptor = socket(first.pointee.ai_family, first.pointee.ai_socktype, first.pointee.ai_protocol)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        if connect(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 || errno == EINPROGRESS { return descriptor }
        close(descriptor)
        return nil
    }

    private static func wait(_ socket: Int32, for events: Int16, until end: UInt64) -> Bool {
        while true {
            let now = DispatchTime.now().uptimeNanoseconds
            guard now < end else { return false }
            var entry = pollfd(fd: socket, events: events, revents: 0)
            let ready = poll(&entry, 1, Int32(min(1_000, (end - now) / 1_000_000 + 1)))
            if ready > 0 { return events == Int16(POLLIN) || entry.revents & Int16(POLLERR | POLLHUP) == 0 }
            if ready < 0, errno != EINTR { return false }
        }
    }
}

extension ClusterAddress {
    /// The error code of an attempt to listen on the address; nil when it succeeds.
    package var bindError: Int32? {
        var hints = addrinfo(), found: UnsafeMutablePointer<addrinfo>?
        hints.ai_socktype = HealthProbe.stream
        hints.ai_flags = AI_PASSIVE
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else { return EADDRNOTAVAIL }
        defer { freeaddrinfo(found) }
        let descriptor = socket(first.pointee.ai_family, first.pointee.ai_socktype, first.pointee.ai_protocol)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(descriptor, 1) == 0 else {
            return errno
        }
        return nil
    }
}
