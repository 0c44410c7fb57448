/// What makes an answer a good one. An answer is only kept in memory as far as a check needs it.
package struct AnswerChecks: Sendable {
    /// Status codes that are good.
    package var statuses: ClosedRange<Int>
    /// What the JSON of the answer must say; each names a path. Looked up without building a tree.
    package var json: [JSONCheck]
    /// What picture the answer must hold; nil if none.
    package var picture: PictureCheck?
    /// Whether a 202 means that the server put the request into a queue: then it is counted as queued and not checked further
    /// (or followed to its end).
    package var queuedMeansAccepted: Bool

    /// Status 200 to 299 and nothing else unless told.
    package init(
        statuses: ClosedRange<Int> = 200...299, json: [JSONCheck] = [], picture: PictureCheck? = nil,
        queuedMeansAccepted: Bool = true
    ) {
        self.statuses = statuses
        self.json = json
        self.picture = picture
        self.queuedMeansAccepted = queuedMeansAccepted
    }

    /// Whether the answer's body must be kept to be checked.
    var needsBody: Bool { !json.isEmpty || picture != nil }
}

/// One claim about the JSON of an answer.
package struct JSONCheck: Sendable, Hashable {
    /// What the value at the path must be.
    package enum Rule: Sendable, Hashable {
        /// There is one, `null` included.
        case exists
        /// It is neither `null` nor an empty string, list or object.
        case isNotEmpty
        /// It is this text, or a number, `true`, `false` or `null` that is written like this.
        case equals(String)
        /// It is a string with this in it, or a list with such an element.
        case contains(String)
    }

    /// Where to look.
    package var path: JSONPath
    /// What must be there.
    package var rule: Rule

    package init(_ path: JSONPath, _ rule: Rule) {
        self.path = path
        self.rule = rule
    }
}

/// Which picture an answer must hold.
package struct PictureCheck: Sendable {
    /// Where the picture stands in the answer.
    package enum Place: Sendable, Hashable {
        /// The whole body is the picture.
        case body
        /// A JSON string at this path, bare base64 or a `data:` URL.
        case json(JSONPath)
    }

    /// Where it stands.
    package var place: Place
    /// What size it must have.
    package var expected: PictureExpectation
    /// Decodes a picture in full and gives its size; nil if it is none or damaged. Called on a thread of its own, never on an
    /// event loop. Without it a picture need only be there.
    package var decode: (@Sendable ([UInt8]) -> PictureSize?)?
    /// The most pictures decoded a second by each event loop, so that checking does not become the load; infinite decodes all.
    package var decodesPerSecond: Double

    /// Decodes up to 20 a second unless told.
    package init(
        place: Place, expected: PictureExpectation = .any, decodesPerSecond: Double = 20,
        decode: (@Sendable ([UInt8]) -> PictureSize?)? = nil
    ) {
        self.place = place
        self.expected = expected
        self.decodesPerSecond = decodesPerSecond
        self.decode = decode
    }
}

/// A picture's size in pixels.
package struct PictureSize: Sendable, Hashable {
    /// Columns.
    package var width: Int
    /// Rows.
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// Which sizes of a picture are right.
package enum PictureExpectation: Sendable, Hashable {
    /// Any.
    case any
    /// This one.
    case size(PictureSize)
    /// The longer side is this many pixels.
    case longerSide(Int)

    /// Whether `size` is right.
    package func admits(_ size: PictureSize) -> Bool {
        switch self {
        case .any: true
        case .size(let expected): size == expected
        case .longerSide(let side): max(size.width, size.height) == side
        }
    }
}
