/// A place in a body that holds the request's number, so that no two bodies are the same and no cache can answer.
package struct CounterPatch: Sendable, Hashable {
    /// How the number stands there.
    package enum Form: Sendable, Hashable {
        /// 18 hexadecimal digits.
        case digits
        /// 14 hexadecimal digits and the CRC-32 that closes a PNG chunk; the value is the CRC of all that the chunk has before them.
        case pngText(crcBefore: UInt32)
    }

    /// Every patch is this long before base64.
    package static let rawLength = 18

    /// Where in the body it begins, in bytes.
    package var offset: Int
    /// What stands there.
    package var form: Form
    /// Whether the body holds it as base64 (24 characters, which begin at a whole group of four).
    package var isBase64: Bool

    /// How many bytes of the body it takes.
    package var length: Int { isBase64 ? Self.rawLength / 3 * 4 : Self.rawLength }

    package init(offset: Int, form: Form = .digits, isBase64: Bool = false) {
        self.offset = offset
        self.form = form
        self.isBase64 = isBase64
    }
}
