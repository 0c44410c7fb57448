extension FailureCause {
    /// A check needs JSON, and the answer is none.
    package static let notJSON = FailureCause.check("not JSON")
    /// The picture cannot be decoded.
    package static let pictureDamaged = FailureCause.check("picture damaged")
    /// The picture has another size than expected.
    package static let pictureSize = FailureCause.check("wrong picture size")
}
