import Crypto
import JobQueue

extension ResultCache.Key {
    /// Digest of the upload and of every parameter that changes the picture. Nil when the style is not known.
    init?(_ request: JobRequest, styles: [StyleDescription]) {
        let style = styles.first { style in request.style.map { $0 == style.name } ?? style.isDefault }
        guard let style else { return nil }
        var hash = SHA256()
        let parameters = [
            style.name, style.revision, request.size.map(String.init) ?? "", request.fit.rawValue, request.format.rawValue,
            request.quality.map(String.init) ?? "",
        ]
        // A separator that no parameter contains, so that no two lists of parameters look alike.
        for parameter in parameters { hash.update(data: Array(parameter.utf8) + [0]) }
        request.image.withUnsafeBytes { hash.update(bufferPointer: $0) }
        self.init(digest: Array(hash.finalize()))
    }
}
