import Crypto

/// The digests that models are checked by, in lower-case hexadecimal.
package enum Digests {
    /// SHA-256 of `bytes`.
    package static func sha256(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    /// The id that git gives a file of these bytes. SHA-1 is what git uses; it guards against accidents and mirrors gone
    /// astray, and the restricted readers guard against the rest.
    package static func gitBlobID(_ bytes: [UInt8]) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Array("blob \(bytes.count)\0".utf8))
        hash.update(data: bytes)
        return hexadecimal(hash.finalize())
    }

    private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
