/// Why a histogram log can't be read.
package enum IntervalLogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A histogram in it is not whole, or of another format.
    case damaged(String)
    /// A line is not what a log has there; lines count from 1.
    case line(Int, String)
    /// It is larger than any that this program writes.
    case tooLarge(bytes: Int, limit: Int)

    package var description: String {
        switch self {
        case .damaged(let what):
            "This is no whole HdrHistogram log: \(what). Take the file again from where it was made."
        case .line(let number, let what):
            "Line \(number) of the HdrHistogram log can't be read: \(what). Take the file again from where it was made."
        case .tooLarge(let bytes, let limit):
            "The HdrHistogram log has \(bytes) bytes; more than \(limit) are not read. Give one run's log."
        }
    }
}
