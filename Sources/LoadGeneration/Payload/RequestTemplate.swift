/// One kind of request. Its bytes are prepared once; only its id and a counter change from request to request.
package struct RequestTemplate: Sendable {
    /// Its name in tables; templates may share a name.
    package var name: String
    /// `GET`, `POST`, …
    package var method: String
    /// The path with its query, appended to the target's own path. Begins with a slash.
    package var path: String
    /// Further header fields. The generator sets `Host`, `Content-Length`, `Connection` and `X-Request-Id` itself.
    package var headers: [(name: String, value: String)]
    /// The bodies, sent in turn; empty for requests without one.
    package var bodies: [RequestBody]
    /// Its share of all requests relative to the other weights; above 0.
    package var weight: Double
    /// The checks of its responses.
    package var checks: ResponseChecks

    /// A GET request without a body by default.
    package init(
        name: String, method: String = "GET", path: String, headers: [(name: String, value: String)] = [],
        bodies: [RequestBody] = [], weight: Double = 1, checks: ResponseChecks = ResponseChecks()
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

/// The bytes of a body and the ranges in it that differ from request to request.
package struct RequestBody: Sendable {
    /// The bytes, with any content where the patches go.
    package var bytes: [UInt8]
    /// Ranges that are overwritten for each request, in ascending order and not overlapping. Empty: all requests are the same.
    package var patches: [CounterPatch]
    /// The size that the response's picture must have, where it depends on the body; nil: as the checks say.
    package var expectedPicture: PictureExpectation?

    package init(bytes: [UInt8], patches: [CounterPatch] = [], expectedPicture: PictureExpectation? = nil) {
        self.bytes = bytes
        self.patches = patches
        self.expectedPicture = expectedPicture
    }
}

/// A request that cannot be sent as described.
package struct RequestTemplateError: Error, Equatable, CustomStringConvertible {
    /// The request's name.
    package let name: String
    /// What is wrong, as a clause.
    package let fault: String

    package var description: String { "The request \"\(name)\" cannot be sent: \(fault)." }
}

extension RequestTemplate {
    /// Header fields that the generator sets itself.
    private static let ownFields: Set<String> = [
        "host", "content-length", "connection", "transfer-encoding", "x-request-id", "keep-alive", "upgrade", "te",
    ]

    /// Checks that the request's bytes are exactly one request.
    package func verify() throws(RequestTemplateError) {
        func refuse(_ fault: String) -> RequestTemplateError { RequestTemplateError(name: name, fault: fault) }
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isToken) else { throw refuse("\"\(method)\" is not a method") }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            throw refuse(
                "its path \"\(path)\" must begin with a slash and must not contain spaces, # or characters that need escaping (%20)"
            )
        }
        guard weight > 0, weight.isFinite else { throw refuse("its weight \(weight) must be above 0") }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isToken) else {
                throw refuse("\"\(name)\" is not a header field name")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refuse("the header field \(name) contains a line break or a control character")
            }
            guard !Self.ownFields.contains(name.lowercased()) else {
                throw refuse("the header field \(name) is set by the generator")
            }
        }
        for body in bodies {
            var end = 0
            for patch in body.patches {
                guard patch.offset >= end, patch.offset + patch.length <= body.bytes.count else {
                    throw refuse("a counter lies outside the body or overlaps another one")
                }
                end = patch.offset + patch.length
            }
        }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension RequestTemplate {
    /// The label under which it is counted.
    package var label: RequestLabel { RequestLabel(method: method, name: name) }
}

extension [RequestTemplate] {
    /// The labels of all windows: each method and name once, in the order of the requests.
    package var labels: [RequestLabel] {
        var seen: Set<RequestLabel> = []
        return map(\.label).filter { seen.insert($0).inserted }
    }
}
