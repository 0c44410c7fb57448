import AnimeGAN

/// A tensor that still lies in its file: what it claims to be, and how to get its values.
struct StoredTensor {
    let shape: [Int]
    /// Yields exactly `shape`'s number of values. Called only after the shape was found to be the one the generator needs,
    /// so a file cannot make us allocate more than the generator's size.
    let values: () throws(CheckpointError) -> [Float]
}

/// From the tensors a file names to the generator's weights.
enum StateDictionary {
    /// Checks names and shapes first, then decodes.
    static func weights(_ stored: [String: StoredTensor]) throws(CheckpointError) -> Weights {
        let stored = withoutWrapperPrefix(stored)
        var tensors: [String: Tensor] = [:]
        for parameter in Architecture.parameters {
            guard let tensor = stored[parameter.name] else {
                throw .weights(.missing(name: parameter.name, shape: parameter.shape))
            }
            guard tensor.shape == parameter.shape else {
                throw .weights(.shape(name: parameter.name, expected: parameter.shape, found: tensor.shape))
            }
            let values: [Float]
            do throws(CheckpointError) {
                values = try tensor.values()
            } catch .tensor(_, let detail) {
                throw .tensor(name: parameter.name, detail: "\(detail) (expected shape \(parameter.shape))")
            }
            tensors[parameter.name] = Tensor(shape: tensor.shape, values: values)
        }
        if let stranger = stored.keys.filter({ tensors[$0] == nil }).min() {
            throw .weights(.unexpected(name: stranger.printable))
        }
        do throws(WeightsError) { return try Weights(tensors) } catch { throw .weights(error) }
    }

    /// DataParallel saves every name behind `module.`; that prefix is dropped when all names carry it.
    private static func withoutWrapperPrefix(_ stored: [String: StoredTensor]) -> [String: StoredTensor] {
        let prefix = "module."
        guard !stored.isEmpty, stored.keys.allSatisfy({ $0.hasPrefix(prefix) }) else { return stored }
        return Dictionary(uniqueKeysWithValues: stored.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
}
