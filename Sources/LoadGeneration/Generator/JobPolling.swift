import ByteJSON
import NIOCore

/// The links of a 202 to the job behind it.
package struct JobLinks: Equatable {
    /// The path to ask for the job's state.
    package let status: String
    /// The path of its result.
    package let result: String

    /// Reads `links.status` and `links.result`, or takes `Location` for the state and `Location/result` for the result. Nil where there
    /// is no link, or one to another server.
    package init?(_ response: TargetResponse, target: LoadTarget) {
        let (status, result) = response.body.withUnsafeReadableBytes { bytes in
            (Self.text(Self.statusPath, bytes), Self.text(Self.resultPath, bytes))
        }
        guard let status = (status ?? response.location).flatMap({ target.path(ofLink: $0) }),
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

    /// A path that can be sent as it is: no line breaks, which would make it another request.
    private static func isPlain(_ path: String) -> Bool { path.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}

/// What following a job does next. Decides; the virtual user acts.
package struct JobPolling {
    /// What to do now.
    package enum Step: Equatable {
        /// Poll again after the interval.
        case wait
        /// Fetch this path now; the response is the result.
        case fetch(String)
        /// The job has failed.
        case fail(RequestFailure)
    }

    let links: JobLinks

    /// Polls the job behind the links.
    package init(links: JobLinks) { self.links = links }

    /// What follows from the response to a poll.
    package func next(after response: TargetResponse) -> Step {
        switch response.status {
        case 200: break
        case 429, 503: return .wait
        default:
            return .fail(RequestFailure(.jobFailed, "Polling the job's state returned status \(response.status)."))
        }
        let state = response.body.withUnsafeReadableBytes { bytes -> String? in
            guard let value = try? JSONLookup.value(at: Self.statePath, in: bytes), value.kind == .string else { return nil }
            return JSONString.text(UnsafeRawBufferPointer(rebasing: bytes[value.range]).bindMemory(to: UInt8.self))
        }
        switch state {
        case "queued", "running", "pending": return .wait
        case "done", "succeeded", "completed": return .fetch(links.result)
        case let state?: return .fail(RequestFailure(.jobFailed, "The job ended as \"\(state.prefix(40))\"."))
        case nil: return .fail(RequestFailure(.jobFailed, "The job's state cannot be read: its JSON has no \"status\"."))
        }
    }

    private static let statePath = JSONPath([.member("status")])
}
