import Configuration

/// The environment variables `SAKUGA_…` as settings.
struct SettingsEnvironment: Sendable {
    private let provider: EnvironmentVariablesProvider
    private let names: [String]

    /// Variables with other purposes.
    private static let otherVariables: Set<String> = ["SAKUGA_CONFIG", "SAKUGA_ISA", "SAKUGA_MODELS", "SAKUGA_WORKER"]

    /// An empty variable counts as unset, as container files leave one out.
    init(_ variables: [String: String]) {
        let ours = variables.filter { name, value in
            name.hasPrefix("SAKUGA_") && !value.isEmpty && !Self.isServiceLink(name, value)
        }
        provider = EnvironmentVariablesProvider(environmentVariables: ours, secretsSpecifier: .all)
        names = ours.keys.sorted()
    }

    /// Kubernetes sets this variable in every container when there is a Service called `sakuga`.
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        name == "SAKUGA_PORT" && (value.hasPrefix("tcp://") || value.hasPrefix("udp://"))
    }

    /// The value of a variable.
    func text(_ name: String) -> String? {
        (try? provider.environmentValue(forName: name)).flatMap { $0 }
    }

    /// The values that the option's variable sets; nil when it is unset. A list is separated by commas.
    func values(of option: ConfigurableOption) throws(SettingsError) -> [String]? {
        guard let text = text(option.variable) else { return nil }
        let key = AbsoluteConfigKey(["sakuga", option.name])
        if !option.takesValue {
            guard case .bool(let isOn)? = try? provider.value(forKey: key, type: .bool).value?.content else {
                throw SettingsError("\(option.variable) is '\(text)'; it must be true or false.")
            }
            return ["\(isOn)"]
        }
        guard option.isRepeating else { return [text] }
        guard case .stringArray(let parts)? = try? provider.value(forKey: key, type: .stringArray).value?.content else {
            return nil
        }
        return parts.filter { !$0.isEmpty }
    }

    /// Rejects unknown variables that are nearly those of a setting: a misspelt name must not leave a server open.
    func checkNames(_ options: [ConfigurableOption]) throws(SettingsError) {
        let known = Set(options.map(\.variable))
        let problems = names.filter { !known.contains($0) && !Self.otherVariables.contains($0) }.compactMap { name in
            NearestName.of(String(name.dropFirst(7)), among: known.map { String($0.dropFirst(7)) }).map {
                "The variable \(name) is not a setting. Did you mean SAKUGA_\($0)?"
            }
        }
        guard problems.isEmpty else { throw SettingsError(all: problems) }
    }
}
