/// One kind of request, described once; its bytes are made once, and only its id and a counter change from request to request.
package struct RequestTemplate: Sendable {
    /// What it is called in tables; several templates may share a name.
    package var name: String
    /// `GET`, `POST`, …
    package var method: String
    /// The path with its query, put after the target's own path. Begins with a slash.
    package var path: String
    /// Further header fields. `Host`, `Content-Length`, `Connection` and `X-Request-Id` are the generator's and left out here.
    package var headers: [(name: String, value: String)]
    /// The bodies, taken in turn; empty for a request without one.
    package var bodies: [RequestBody]
    /// How often it is chosen in relation to the others; above 0.
    package var weight: Double
    /// What makes an answer a good one.
    package var checks: AnswerChecks

    /// A request without a body unless given some.
    package init(
        name: String, method: String = "GET", path: String, headers: [(name: String, value: String)] = [],
        bodies: [RequestBody] = [], weight: Double = 1, checks: AnswerChecks = AnswerChecks()
    ) {
        self.name = name
        self.method = method
        self.path = path
        self.headers = headers
        self.bodies = bodies
        self.weight = weight
        self.checks = checks
    }
}

/// The bytes of a body and the places in it that differ from request to request.
package struct RequestBody: Sendable {
    /// The bytes with something at the patches' places.
    package var bytes: [UInt8]
    /// Places that are overwritten for each request, in ascending order and not overlapping. Empty: all requests are the same.
    package var patches: [CounterPatch]
    /// The size that the answer's picture must have, where the body decides it; else the checks' own.
    package var expectedPicture: PictureExpectation?

    package init(bytes: [UInt8], patches: [CounterPatch] = [], expectedPicture: PictureExpectation? = nil) {
        self.bytes = bytes
        self.patches = patches
        self.expectedPicture = expectedPicture
    }
}
