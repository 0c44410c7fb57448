/// A request that cannot be sent as described.
package struct RequestTemplateError: Error, Equatable, CustomStringConvertible {
    /// The request's name.
    package let name: String
    /// What is wrong, as a clause.
    package let fault: String

    package var description: String { "The request \"\(name)\" cannot be sent: \(fault)." }
}

extension RequestTemplate {
    /// Fields that the generator sets itself.
    private static let ownFields: Set<String> = [
        "host", "content-length", "connection", "transfer-encoding", "x-request-id", "keep-alive", "upgrade", "te",
    ]

    /// Says what would make the request's bytes something else than one request.
    package func verify() throws(RequestTemplateError) {
        func refuse(_ fault: String) -> RequestTemplateError { RequestTemplateError(name: name, fault: fault) }
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isToken) else { throw refuse("\"\(method)\" is no method") }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            throw refuse(
                "its path \"\(path)\" has to begin with a slash and must not have spaces, # or letters that need escaping (%20)")
        }
        guard weight > 0, weight.isFinite else { throw refuse("its weight \(weight) is not above 0") }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isToken) else {
                throw refuse("\"\(name)\" is no name of a header field")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refuse("the header field \(name) has a line break or a control character in it")
            }
            guard !Self.ownFields.contains(name.lowercased()) else {
                throw refuse("the header field \(name) is set by the generator")
            }
        }
        for body in bodies {
            var end = 0
            for patch in body.patches {
                guard patch.offset >= end, patch.offset + patch.length <= body.bytes.count else {
                    throw refuse("a counter's place lies outside of the body or on another one")
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
