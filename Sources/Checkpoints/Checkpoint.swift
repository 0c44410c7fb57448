package import AnimeGAN

/// An AnimeGANv2 generator as a file gave it.
package struct Checkpoint: Sendable {
    /// Every parameter, checked.
    package let weights: Weights
    /// The bilinear convention, where the file states it: safetensors in its metadata, ONNX in its resize nodes.
    package let convention: BilinearConvention?
    /// What kind of file it was.
    package let format: CheckpointFormat
    /// The free text of a safetensors file's `__metadata__`; empty for other formats.
    package let metadata: [String: String]
}
