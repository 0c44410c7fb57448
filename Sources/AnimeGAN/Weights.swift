/// The generator's parameters: every name present, every shape right, every number finite. `CheckpointReader` reads them from a file.
public struct Weights: Sendable {
    private let tensors: [String: Tensor]

    /// Checks `tensors` against ``Architecture/parameters``.
    /// - Throws: ``WeightsError``, naming the first tensor that is missing, mis-shaped, not finite or unknown.
    package init(_ tensors: [String: Tensor]) throws(WeightsError) {
        for parameter in Architecture.parameters {
            guard let tensor = tensors[parameter.name] else {
                throw .missing(name: parameter.name, shape: parameter.shape)
            }
            guard tensor.shape == parameter.shape else {
                throw .shape(name: parameter.name, expected: parameter.shape, found: tensor.shape)
            }
            if let index = tensor.values.firstIndex(where: { !$0.isFinite }) {
                throw .notFinite(name: parameter.name, index: index)
            }
        }
        let known = Set(Architecture.parameters.map(\.name))
        if let unknown = tensors.keys.filter({ !known.contains($0) }).min() {
            throw .unexpected(name: unknown)
        }
        self.tensors = tensors
    }

    /// The tensor called `name`, which must be one of ``Architecture/parameters``.
    package subscript(name: String) -> Tensor {
        guard let tensor = tensors[name] else { preconditionFailure("no generator parameter is called \(name)") }
        return tensor
    }

    /// Every tensor in checkpoint order.
    package var inOrder: [(name: String, tensor: Tensor)] {
        Architecture.parameters.map { ($0.name, self[$0.name]) }
    }
}

/// Why a set of tensors is not an AnimeGANv2 generator.
public enum WeightsError: Error, Equatable, CustomStringConvertible {
    /// No tensor has this name.
    case missing(name: String, shape: [Int])
    /// The tensor has another shape than the generator's.
    case shape(name: String, expected: [Int], found: [Int])
    /// The value at `index` is infinite or not a number.
    case notFinite(name: String, index: Int)
    /// The generator has no tensor of this name.
    case unexpected(name: String)

    /// A sentence for people: what was wrong and what to do.
    public var description: String {
        switch self {
        case .missing(let name, let shape):
            "The tensor \(name) is missing; an AnimeGANv2 generator has it with shape \(shape)."
        case .shape(let name, let expected, let found):
            "The tensor \(name) has shape \(found); an AnimeGANv2 generator has it with shape \(expected)."
        case .notFinite(let name, let index):
            "The tensor \(name) holds a value that is not a finite number (element \(index))."
        case .unexpected(let name):
            "The tensor \(name) does not belong to an AnimeGANv2 generator; is this another network's checkpoint?"
        }
    }
}

/// A dense row-major array of 32-bit floats, as it stands in a weights file.
package struct Tensor: Sendable, Equatable {
    /// Extents, outermost first; a convolution's weight is `[out, in, height, width]`.
    package let shape: [Int]
    /// `shape.reduce(1, *)` values.
    package let values: [Float]

    /// A tensor of `shape`, filled by `values` in row-major order.
    package init(shape: [Int], values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "a tensor's values must fill its shape")
        self.shape = shape
        self.values = values
    }
}
