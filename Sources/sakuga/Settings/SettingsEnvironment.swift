import Configuration

/// The variables `SAKUGA_…` as settings.
struct SettingsEnvironment: Sendable {
    private let provider: EnvironmentVariablesProvider
    private let names: [String]

    /// Variables that mean something else.
    private static let others: Set<String> = ["SAKUGA_CONFIG", "SAKUGA_ISA", "SAKUGA_MODELS", "SAKUGA_WORKER"]

    /// An empty variable counts as none: that is how container files leave one out.
    init(_ variables: [String: String]) {
        let ours = variables.filter { name, value in
            name.hasPrefix("SAKUGA_") && !value.isEmpty && !Self.isServiceLink(name, value)
        }
        provider = EnvironmentVariablesProvider(environmentVariables: ours, secretsSpecifier: .all)
        names = ours.keys.sorted()
    }

    /// Kubernetes tells every container the address of a service called `sakuga` in variables of its own.
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        name == "SAKUGA_PORT" && (value.hasPrefix("tcp://") || value.hasPrefix("udp://"))
    }

    /// The value of a variable.
    func text(_ name: String) -> String? {
        (try? provider.environmentValue(forName: name)).flatMap { $0 }
    }

    /// What the option's variable says; nil when there is none. A list's parts are separated by commas.
    func values(of option: SettableOption) throws(SettingsError) -> [String]? {
        guard let text = text(option.variable) else { return nil }
        let key = AbsoluteConfigKey(["sakuga", option.name])
        if !option.takesValue {
            guard case .bool(let isOn)? = try? provider.value(forKey: key, type: .bool).value?.content else {
                throw SettingsError("\(option.variable) is '\(text)'; a switch is true or false.")
            }
            return ["\(isOn)"]
        }
        guard option.isRepeating else { return [text] }
        guard case .stringArray(let parts)? = try? provider.value(forKey: key, type: .stringArray).value?.content else {
            return nil
        }
        return parts.filter { !$0.isEmpty }
    }

    /// Refuses variables that look like a setting's and are none: a slip must not leave a server open.
    func refuseSlips(_ options: [SettableOption]) throws(SettingsError) {
        let known = Set(options.map(\.variable))
        let problems = names.filter { !known.contains($0) && !Self.others.contains($0) }.compactMap { name in
            NearestName.of(String(name.dropFirst(7)), among: known.map { String($0.dropFirst(7)) }).map {
                "The variable \(name) is no setting. Did you mean SAKUGA_\($0)?"
            }
        }
        guard problems.isEmpty else { throw SettingsError(all: problems) }
    }
}
