import ByteJSON
import NIOCore

/// What a 202 says about the job behind it.
package struct JobTicket: Equatable {
    /// The path to ask for the job's state.
    package let status: String
    /// The path of its result.
    package let result: String

    /// Reads `links.status` and `links.result`, or takes `Location` for the state and `Location/result` for the picture. Links to
    /// another server are not followed.
    package init?(_ answer: WireAnswer, target: LoadTarget) {
        let (status, result) = answer.body.withUnsafeReadableBytes { bytes in
            (Self.text(Self.statusPath, bytes), Self.text(Self.resultPath, bytes))
        }
        guard let status = (status ?? answer.location).flatMap({ target.path(ofLink: $0) }),
            let result = target.path(ofLink: result ?? "\(status)/result"), Self.isPlain(status), Self.isPlain(result)
        else { return nil }
        self.status = status
        self.result = result
    }

    private static let statusPath = JSONPath([.member("links"), .member("status")])
    private static let resultPath = JSONPath([.member("links"), .member("result")])

    private static func text(_ path: JSONPath, _ bytes: UnsafeRawBufferPointer) -> String? {
        guard let value = try? JSONLookup.value(at: path, in: bytes), value.kind == .string else { return nil }
        return JSONString.text(UnsafeRawBufferPointer(rebasing: bytes[value.range]).bindMemory(to: UInt8.self))
    }

    /// A path that goes into a request as it is: no line breaks that would make another request of it.
    private static func isPlain(_ path: String) -> Bool { path.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}

/// What following a job does next. Decides; the user acts.
package struct JobFollower {
    /// What to do now.
    package enum Step: Equatable {
        /// Ask for the state again after a while.
        case wait
        /// Ask for this path now; the answer is the result.
        case fetch(String)
        /// It is over.
        case fail(WireFault)
    }

    let ticket: JobTicket

    /// Follows the job of a ticket.
    package init(ticket: JobTicket) { self.ticket = ticket }

    /// What the answer to a look at the job's state means.
    package func next(after answer: WireAnswer) -> Step {
        switch answer.status {
        case 200: break
        case 429, 503: return .wait
        default:
            return .fail(WireFault(.jobFailed, "Asked for the job's state, the server answered \(answer.status)."))
        }
        let state = answer.body.withUnsafeReadableBytes { bytes -> String? in
            guard let value = try? JSONLookup.value(at: Self.statePath, in: bytes), value.kind == .string else { return nil }
            return JSONString.text(UnsafeRawBufferPointer(rebasing: bytes[value.range]).bindMemory(to: UInt8.self))
        }
        switch state {
        case "queued", "running", "pending": return .wait
        case "done", "succeeded", "completed": return .fetch(ticket.result)
        case let state?: return .fail(WireFault(.jobFailed, "The job ended as \"\(state.prefix(40))\"."))
        case nil: return .fail(WireFault(.jobFailed, "The job's state cannot be read: its JSON has no \"status\"."))
        }
    }

    private static let statePath = JSONPath([.member("status")])
}
