/// Which of this service's doors a test knocks at.
package enum ServiceAPI: String, Sendable, CaseIterable {
    /// `POST /api/predict/` with base64 in JSON; the answer's `data[0]` is the picture.
    case gradio
    /// `POST /v1/stylize`: a photo's bytes in, a picture's bytes out.
    case rest
    /// `POST /v1/jobs`: a photo's bytes in, a job out (202).
    case jobs
}

/// What a request for this service is made of.
package struct ServiceRequest: Sendable {
    /// The door.
    package var api: ServiceAPI
    /// Encoded photos (JPEG, PNG, …), sent in turn. At least one.
    package var pictures: [[UInt8]]
    /// Marks each request's photo with its number, so that no cache can answer: a JPEG comment, a PNG text chunk, or bytes after
    /// the end of other formats. The picture stays the same.
    package var unique = false
    /// REST and jobs: a form with one file instead of the bare bytes.
    package var multipart = false
    /// REST and jobs: `size=256&format=webp`; empty for none.
    package var query = ""
    /// Further header fields, such as an API key.
    package var headers: [(name: String, value: String)] = []
    /// The size that every answer's picture must have.
    package var expected = PictureExpectation.any
    /// Decodes a picture in full and gives its size; see `PictureCheck.decode`.
    package var decode: (@Sendable ([UInt8]) -> PictureSize?)?
    /// See `PictureCheck.decodesPerSecond`.
    package var decodesPerSecond = 20.0

    package init(api: ServiceAPI, pictures: [[UInt8]]) {
        self.api = api
        self.pictures = pictures
    }

    /// The request, ready for a generator, called like its path.
    package func template() -> RequestTemplate {
        RequestTemplate(name: "", path: "/")
    }
}
