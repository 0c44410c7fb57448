import ArgumentParser
import LoadGeneration

/// The flags about how the target is spoken to.
struct ConnectionOptions: ParsableArguments {
    @Flag(name: .customLong("http2"), help: "HTTP/2 (over TLS, or without TLS by prior knowledge) instead of HTTP/1.1.")
    var http2 = false

    @Flag(inversion: .prefixedNo, help: "Keep connections for the next request.")
    var keepAlive = true

    @Flag(help: "Believe any certificate.")
    var insecure = false

    @Option(help: ArgumentHelp("Believe the certificates of this PEM file instead of the system's.", valueName: "file"))
    var ca: String?

    @Option(help: "Time until a connection must stand.")
    var connectTimeout = TimeSpan(seconds: 5)

    @Option(help: "Time until an answer must be complete; later counts as failed.")
    var timeout = TimeSpan(seconds: 60)

    @Option(help: "Most bytes of an answer; more counts as failed.")
    var maxAnswer = ByteCount(64_000_000)

    func validate() throws {
        if insecure, ca != nil { throw ValidationError("Give --insecure or --ca, not both.") }
        guard timeout.seconds > 0, connectTimeout.seconds > 0 else {
            throw ValidationError("--timeout and --connect-timeout are above 0.")
        }
        guard (1...1_000_000_000).contains(maxAnswer.bytes) else { throw ValidationError("--max-answer is 1 byte to 1GB.") }
    }

    var chosen: ConnectionSettings {
        var chosen = ConnectionSettings()
        chosen.version = http2 ? .http2 : .http1
        chosen.keepAlive = keepAlive
        chosen.trust = insecure ? .anything : ca.map { .file($0) } ?? .system
        chosen.connectTimeout = connectTimeout.duration
        chosen.requestTimeout = timeout.duration
        chosen.maximumResponseBytes = maxAnswer.bytes
        return chosen
    }
}
