import Foundation
import JobQueue
import NIOCore
import Serving

/// One server-sent event of a job: its state as the event's name, its document as the data.
struct JobEvent: Sendable {
    /// Says all that this event told: the state, the attempt, and the position or layer. A client that comes back with it
    /// (`Last-Event-ID`) is told only what differs; no process has to remember the client for that.
    let id: String
    /// Whether nothing comes after it.
    let isLast: Bool
    private let report: JobReport

    init(_ report: JobReport) {
        self.report = report
        let status = report.status
        isLast = status.state.isFinal
        let detail =
            switch status.state {
            case .queued: status.position ?? 0
            case .running: status.progress?.layer ?? 0
            case .done, .failed, .cancelled, .expired: 0
            }
        id = "\(status.state.rawValue)-\(status.attempts)-\(detail)"
    }

    /// The event as it is sent. JSON in one line has no line break that could end the data early.
    func encoded() throws -> ByteBuffer {
        let document = try JSONEncoder.forReplies.encode(JobDocument(report))
        var buffer = ByteBuffer()
        buffer.writeString("id: \(id)\nevent: \(report.status.state.rawValue)\ndata: ")
        buffer.writeBytes(document)
        buffer.writeString("\n\n")
        return buffer
    }

    /// What comes first: how long to wait before coming back when the connection breaks, in milliseconds.
    static let opening = ByteBuffer(string: "retry: 2000\n\n")
    /// A comment, which clients skip: a sign of life for proxies that close silent connections.
    static let heartbeat = ByteBuffer(string: ": still here\n\n")
}
