/// Why a call over a local socket got no answer.
package enum LocalCallError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody listens there, or the connection broke.
    case unreachable(String)
    /// No answer came in time.
    case silent
    /// The other side says why it can't answer; a sentence.
    case refused(String)
    /// The socket can't be made; a sentence.
    case cannotListen(String)

    package var description: String {
        switch self {
        case .unreachable(let path): "Nobody answers at \(path)."
        case .silent: "There was no answer in time."
        case .refused(let reason), .cannotListen(let reason): reason
        }
    }
}
