extension FailureCause {
    /// The name has no address.
    package static let hostNotFound = FailureCause("host not found")
    /// No way leads to the address.
    package static let hostUnreachable = FailureCause("host unreachable")
    /// This machine has no port left for a new connection.
    package static let noLocalPort = FailureCause("no local port left")
    /// This process has too many files and connections open.
    package static let tooManyOpenFiles = FailureCause("too many open files")
    /// The server's certificate is not believed.
    package static let certificateRejected = FailureCause("certificate not trusted")
    /// The server does not speak the version of HTTP that was asked for.
    package static let noHTTP2 = FailureCause("HTTP/2 not spoken")
    /// The server closed the connection before it had answered at all.
    package static let closedWithoutAnswer = FailureCause("closed without an answer")
    /// The server ended the stream of this request (HTTP/2).
    package static let streamReset = FailureCause("stream reset")
    /// A queued request was not done in time.
    package static let notDoneInTime = FailureCause("not done in time")
    /// A queued request ended without a result.
    package static let jobFailed = FailureCause("job failed")
    /// An answer 202 does not say where to look.
    package static let noLinkToFollow = FailureCause("no link to follow")
}
