import ByteJSON
package import NIOCore

/// What is wrong with an answer.
package struct AnswerComplaint: Equatable, Sendable {
    /// Its stable name, by which failures are grouped.
    package let cause: FailureCause
    /// What was the matter this time, as a sentence.
    package let detail: String

    init(_ cause: FailureCause, _ detail: String) {
        self.cause = cause
        self.detail = detail
    }
}

/// What the checks say about an answer.
package enum AnswerVerdict {
    /// All is well.
    case good
    /// The server has put the request into a queue.
    case queued
    /// Something is wrong.
    case bad(AnswerComplaint)
    /// All is well so far; the picture is still to be decoded.
    case decode(PictureTask)
}

/// A picture that is to be decoded off the event loop.
package struct PictureTask: Sendable {
    /// The encoded picture.
    package let bytes: [UInt8]
    /// The size that is right.
    package let expected: PictureExpectation
    let decode: @Sendable ([UInt8]) -> PictureSize?

    /// Decodes; the complaint, if there is one. Takes milliseconds.
    package func complaint() -> AnswerComplaint? {
        guard let size = decode(bytes) else {
            return AnswerComplaint(.pictureDamaged, "The answer's picture (\(bytes.count) bytes) cannot be decoded.")
        }
        guard !expected.admits(size) else { return nil }
        return AnswerComplaint(
            .pictureSize, "The answer's picture is \(size.width)x\(size.height), and \(expected) was expected.")
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

extension AnswerChecks {
    /// Judges a whole answer. `expected` is what the request's body asks of the picture; `mayDecode` whether it is this answer's
    /// turn to be decoded.
    package func verdict(
        status: Int, body: ByteBuffer, expected: PictureExpectation? = nil, mayDecode: Bool = true
    ) -> AnswerVerdict {
        if status == 202, queuedMeansAccepted { return .queued }
        guard statuses.contains(status) else { return .bad(Self.complaint(aboutStatus: status, body: body)) }
        return body.withUnsafeReadableBytes { bytes in
            for check in json {
                if let complaint = check.complaint(about: bytes) { return .bad(complaint) }
            }
            return picture?.verdict(bytes, expected: expected, mayDecode: mayDecode) ?? .good
        }
    }

    private static func complaint(aboutStatus status: Int, body: ByteBuffer) -> AnswerComplaint {
        let words = body.getString(at: body.readerIndex, length: min(body.readableBytes, 300)) ?? ""
        // A sample is printed in terminals: nothing in it may steer one.
        let printable = String(
            String.UnicodeScalarView(words.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        return AnswerComplaint(
            .status(status), printable.isEmpty ? "The answer was \(status)." : "The answer was \(status): \(printable)")
    }
}

extension PictureCheck {
    fileprivate func verdict(
        _ bytes: UnsafeRawBufferPointer, expected override: PictureExpectation?, mayDecode: Bool
    ) -> AnswerVerdict {
        switch place {
        case .body:
            guard !bytes.isEmpty else { return .bad(AnswerComplaint(.check("the answer is empty"), "The answer has no body.")) }
            return task([UInt8].init(bytes), override, mayDecode)
        case .json(let path):
            let text: UnsafeRawBufferPointer
            switch Self.pictureText(at: path, in: bytes) {
            case .success(let found): text = found
            case .failure(let missing): return .bad(missing.complaint)
            }
            guard decode != nil, mayDecode else { return .good }
            guard let picture = Self.decoded(text) else {
                return .bad(AnswerComplaint(.pictureDamaged, "\(path) is not base64."))
            }
            return task({ picture }(), override, mayDecode)
        }
    }

    private func task(
        _ bytes: @autoclosure () -> [UInt8], _ override: PictureExpectation?, _ mayDecode: Bool
    ) -> AnswerVerdict {
        guard let decode, mayDecode else { return .good }
        return .decode(PictureTask(bytes: bytes(), expected: override ?? expected, decode: decode))
    }

    private struct Missing: Error { let complaint: AnswerComplaint }

    /// The base64 at `path`, without what a `data:` URL has before it.
    private static func pictureText(
        at path: JSONPath, in bytes: UnsafeRawBufferPointer
    ) -> Result<UnsafeRawBufferPointer, Missing> {
        let found: JSONLookup.Value?
        do { found = try JSONLookup.value(at: path, in: bytes) } catch {
            return .failure(
                Missing(complaint: AnswerComplaint(.notJSON, "The answer is not JSON: see its byte \(error.offset).")))
        }
        guard let found, found.kind == .string else {
            return .failure(
                Missing(complaint: AnswerComplaint(.check("\(path) is no picture"), "The answer has no text at \(path).")))
        }
        var text = UnsafeRawBufferPointer(rebasing: bytes[found.range])
        if text.starts(with: "data:".utf8), let comma = text.prefix(200).firstIndex(of: UInt8(ascii: ",")) {
            text = UnsafeRawBufferPointer(rebasing: text[(comma + 1)...])
        }
        guard !text.isEmpty else {
            return .failure(
                Missing(complaint: AnswerComplaint(.check("\(path) is empty"), "The answer's \(path) holds no picture.")))
        }
        return .success(text)
    }

    /// Some writers of JSON put a backslash before every slash.
    private static func decoded(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        let bytes = text.bindMemory(to: UInt8.self)
        guard bytes.contains(UInt8(ascii: "\\")) else { return try? Base64.decode(bytes) }
        return JSONString.unescaped(bytes).withUnsafeBufferPointer { try? Base64.decode($0) }
    }
}
