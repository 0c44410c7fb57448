/// Why a generator did not start: nothing was loaded.
package enum GeneratorError: Error, Sendable, CustomStringConvertible {
    /// The target cannot be spoken to; what was tried, the cause by its stable name, and what happened as a sentence.
    case unreachable(address: String, cause: FailureCause, detail: String)
    /// A request cannot be sent as described.
    case request(RequestTemplateError)
    /// A file of certificates cannot be used.
    case trust(file: String, detail: String)
    /// The settings contradict themselves; a sentence.
    case settings(String)

    package var description: String {
        switch self {
        case .unreachable(let address, _, let detail): "\(address) cannot be reached. \(detail)"
        case .request(let error): error.description
        case .trust(let file, let detail): "The certificates of \(file) cannot be read: \(detail). Give a file in PEM form."
        case .settings(let sentence): sentence
        }
    }
}
