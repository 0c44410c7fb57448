#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The listening sockets that a service manager has opened for the program (`LISTEN_FDS`, `LISTEN_PID`).
package enum SocketActivation {
    /// Why what was handed over can't be used; a sentence.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// The descriptor of the one socket; nil when none was handed over.
    /// - Throws: ``Failure`` for several sockets, or for something that is no listening stream socket.
    package static func socket(environment: [String: String], process: Int32) throws(Failure) -> CInt? {
        guard environment["LISTEN_PID"] == "\(process)", let count = environment["LISTEN_FDS"].flatMap({ Int($0) }), count > 0
        else { return nil }
        guard count == 1 else {
            throw Failure(description: "The service manager handed over \(count) sockets; give the unit one ListenStream= only.")
        }
        guard ListeningSocket.isListening(3) else {
            throw Failure(description: "What the service manager handed over does not listen; use ListenStream= and Accept=no.")
        }
        return 3
    }
}
