package import NIOCore

/// The checks of a response. A response is kept in memory only as far as a check needs it.
package struct ResponseChecks: Sendable {
    /// The accepted status codes.
    package var statuses: ClosedRange<Int>
    /// Checks of the response's JSON, which is searched without building a tree.
    package var json: [JSONCheck]
    /// The check of the response's picture; nil for none.
    package var picture: PictureCheck?
    /// Whether a 202 counts as queued: it is not checked further, or it is followed to its end.
    package var acceptsQueued: Bool

    /// By default only the status is checked: 200 to 299.
    package init(
        statuses: ClosedRange<Int> = 200...299, json: [JSONCheck] = [], picture: PictureCheck? = nil,
        acceptsQueued: Bool = true
    ) {
        self.statuses = statuses
        self.json = json
        self.picture = picture
        self.acceptsQueued = acceptsQueued
    }

    /// Whether the response's body must be kept.
    var needsBody: Bool { !json.isEmpty || picture != nil }
}

/// The result of the checks of a response.
package enum CheckResult {
    /// All checks passed.
    case passed
    /// The server put the request into a queue (202).
    case queued
    /// A check failed.
    case failed(RequestFailure)
    /// All other checks passed; the picture is still to be decoded.
    case decode(PictureDecoding)
}

extension ResponseChecks {
    /// Checks a complete response. `expected` is the picture's size as the request's body determines it; `mayDecode` whether the budget
    /// allows to decode this picture.
    package func check(
        status: Int, body: ByteBuffer, expected: PictureExpectation? = nil, mayDecode: Bool = true
    ) -> CheckResult {
        if status == 202, acceptsQueued { return .queued }
        guard statuses.contains(status) else { return .failed(Self.failure(status: status, body: body)) }
        return body.withUnsafeReadableBytes { bytes in
            for check in json {
                if let failure = check.failure(in: bytes) { return .failed(failure) }
            }
            return picture?.check(bytes, expected: expected, mayDecode: mayDecode) ?? .passed
        }
    }

    private static func failure(status: Int, body: ByteBuffer) -> RequestFailure {
        let words = body.getString(at: body.readerIndex, length: min(body.readableBytes, 300)) ?? ""
        // A sample is printed in terminals: it must not contain control characters.
        let printable = String(
            String.UnicodeScalarView(words.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        return RequestFailure(
            .status(status), printable.isEmpty ? "The status was \(status)." : "The status was \(status): \(printable)")
    }
}
