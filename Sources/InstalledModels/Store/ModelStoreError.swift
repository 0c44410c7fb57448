package import Checkpoints

/// Why a model cannot be found, used, installed or removed.
package enum ModelStoreError: Error, Equatable, CustomStringConvertible {
    /// The text is not a valid model name.
    case badName(String)
    /// The model is not installed; `installed` are those that are.
    case notInstalled(name: String, installed: [String])
    /// A model of that name is installed already.
    case alreadyInstalled(name: String)
    /// The model comes with Sakuga.
    case shipped(name: String)
    /// The weights file does not match its card; `detail` is a clause.
    case damaged(name: String, isShipped: Bool, detail: String)
    /// The card is not usable.
    case card(path: String, detail: String)
    /// The file is not a usable checkpoint.
    case checkpoint(CheckpointError)
    /// A file or folder could not be written.
    case notWritable(path: String, reason: String)

    /// The sentence for people.
    package var description: String {
        switch self {
        case .badName(let name):
            "'\(name)' is not a valid model name: use 1 to 64 of a-z, 0-9, '_' and '-'."
        case .notInstalled(let name, let installed):
            "No model called \(name) is installed; \(ModelNames.thereAre(installed)). `sakuga models list` shows what can be pulled."
        case .alreadyInstalled(let name):
            "A model called \(name) is already installed; choose another name, or remove it first with "
                + "`sakuga models remove \(name)`."
        case .shipped(let name):
            "The model \(name) comes with Sakuga and cannot be changed; choose another name for your own model."
        case .damaged(let name, let isShipped, let detail):
            "The model \(name) is damaged (\(detail)): "
                + (isShipped
                    ? "it comes with Sakuga, so install Sakuga again."
                    : "remove it with `sakuga models remove \(name)` and install it again.")
        case .card(let path, let detail):
            "The model card \(path) cannot be used. \(detail)"
        case .checkpoint(let error):
            error.description
        case .notWritable(let path, let reason):
            "\(path) cannot be written: \(reason)."
        }
    }
}

/// Lists of models in sentences.
enum ModelNames {
    /// A clause such as `there is only painted`.
    static func thereAre(_ names: [String]) -> String {
        switch names.count {
        case 0: "there are none"
        case 1: "there is only \(names[0])"
        default: "there are: \(names.joined(separator: ", "))"
        }
    }
}
