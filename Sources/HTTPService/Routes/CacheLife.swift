/// How long clients may keep what they got.
enum CacheLife {
    /// For a picture under a name of its own: it never changes, so a copy stays right even when the service no longer keeps the picture.
    /// The hour is for the client's disk, and has nothing to do with how long results are kept here.
    static let unchanging = "private, max-age=3600, immutable"
}
