import ByteJSON

/// The check of a response's picture.
package struct PictureCheck: Sendable {
    /// Where the picture is in the response.
    package enum Place: Sendable, Hashable {
        /// The whole body is the picture.
        case body
        /// A JSON string at this path, bare base64 or a `data:` URL.
        case json(JSONPath)
    }

    /// Where it is.
    package var place: Place
    /// The size it must have.
    package var expected: PictureExpectation
    /// Decodes a picture in full and returns its size; nil if it is damaged or not a picture. Called on a thread of its own, never on an
    /// event loop. Without it, only the picture's presence is checked.
    package var decode: (@Sendable ([UInt8]) -> PictureSize?)?
    /// The most pictures that each event loop decodes a second, so that the checks do not become the load; infinity decodes all.
    package var decodesPerSecond: Double

    /// Decodes up to 20 a second by default.
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

/// The expected size of a picture.
package enum PictureExpectation: Sendable, Hashable {
    /// Any size.
    case any
    /// This one.
    case size(PictureSize)
    /// The longer side is this many pixels.
    case longerSide(Int)

    /// Whether `size` is as expected.
    package func admits(_ size: PictureSize) -> Bool {
        switch self {
        case .any: true
        case .size(let expected): size == expected
        case .longerSide(let side): max(size.width, size.height) == side
        }
    }
}

extension PictureExpectation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .any: "any size"
        case .size(let size): "\(size.width)x\(size.height)"
        case .longerSide(let side): "a longer side of \(side)"
        }
    }
}

// MARK: - Checking

extension PictureCheck {
    func check(
        _ bytes: UnsafeRawBufferPointer, expected override: PictureExpectation?, mayDecode: Bool
    ) -> CheckResult {
        switch place {
        case .body:
            guard !bytes.isEmpty else {
                return .failed(RequestFailure(.check("the answer is empty"), "The response has no body."))
            }
            return task([UInt8].init(bytes), override, mayDecode)
        case .json(let path):
            let text: UnsafeRawBufferPointer
            switch Self.pictureText(at: path, in: bytes) {
            case .success(let found): text = found
            case .failure(let failure): return .failed(failure)
            }
            guard decode != nil, mayDecode else { return .passed }
            guard let picture = Self.decoded(text) else {
                return .failed(RequestFailure(.pictureDamaged, "\(path) is not base64."))
            }
            return task({ picture }(), override, mayDecode)
        }
    }

    private func task(
        _ bytes: @autoclosure () -> [UInt8], _ override: PictureExpectation?, _ mayDecode: Bool
    ) -> CheckResult {
        guard let decode, mayDecode else { return .passed }
        return .decode(PictureDecoding(bytes: bytes(), expected: override ?? expected, decode: decode))
    }

    /// The base64 at `path`, without what a `data:` URL has before it.
    private static func pictureText(
        at path: JSONPath, in bytes: UnsafeRawBufferPointer
    ) -> Result<UnsafeRawBufferPointer, RequestFailure> {
        let found: JSONLookup.Value?
        do { found = try JSONLookup.value(at: path, in: bytes) } catch {
            return .failure(
                RequestFailure(.notJSON, "The response is not JSON: error at byte \(error.offset)."))
        }
        guard let found, found.kind == .string else {
            return .failure(
                RequestFailure(.check("\(path) is no picture"), "The response has no string at \(path)."))
        }
        var text = UnsafeRawBufferPointer(rebasing: bytes[found.range])
        if text.starts(with: "data:".utf8), let comma = text.prefix(200).firstIndex(of: UInt8(ascii: ",")) {
            text = UnsafeRawBufferPointer(rebasing: text[(comma + 1)...])
        }
        guard !text.isEmpty else {
            return .failure(
                RequestFailure(.check("\(path) is empty"), "The response's \(path) is empty."))
        }
        return .success(text)
    }

    /// Some JSON writers escape every slash.
    private static func decoded(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        let bytes = text.bindMemory(to: UInt8.self)
        guard bytes.contains(UInt8(ascii: "\\")) else { return try? Base64.decode(bytes) }
        return JSONString.unescaped(bytes).withUnsafeBufferPointer { try? Base64.decode($0) }
    }
}

/// A picture to be decoded off the event loop.
package struct PictureDecoding: Sendable {
    /// The encoded picture.
    package let bytes: [UInt8]
    /// The expected size.
    package let expected: PictureExpectation
    let decode: @Sendable ([UInt8]) -> PictureSize?

    /// Decodes the picture, which takes milliseconds; the failure, if there is one.
    package func failure() -> RequestFailure? {
        guard let size = decode(bytes) else {
            return RequestFailure(.pictureDamaged, "The response's picture (\(bytes.count) bytes) cannot be decoded.")
        }
        guard !expected.admits(size) else { return nil }
        return RequestFailure(
            .pictureSize, "The response's picture is \(size.width)x\(size.height); \(expected) was expected.")
    }
}

/// A token bucket that limits how many pictures are decoded: it holds at most a second's worth, and at least one.
package struct DecodeBudget {
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: UInt64

    /// A full bucket. Times are nanoseconds of a monotonic clock.
    package init(perSecond: Double, now: UInt64) {
        self.perSecond = perSecond
        tokens = max(1, perSecond)
        filledAt = now
    }

    /// Takes a token, if there is one.
    package mutating func take(now: UInt64) -> Bool {
        guard perSecond.isFinite else { return true }
        guard perSecond > 0 else { return false }
        tokens = min(max(1, perSecond), tokens + Double(now - min(now, filledAt)) / 1e9 * perSecond)
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
