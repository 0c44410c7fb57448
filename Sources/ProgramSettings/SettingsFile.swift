import Configuration
import Foundation
import Synchronization

/// A settings file: a section for each subcommand with its options.
struct SettingsFile: Sendable {
    let path: String
    private let snapshot: any ConfigSnapshot
    /// The keys of all values: section, name and further components.
    private let keys: Set<[String]>

    /// In bytes; far more than all settings need.
    private static let maximumSize = 1_000_000

    /// Reads the file. Its name says whether it is JSON or YAML.
    init(path: String) throws(SettingsError) {
        self.path = path
        let bytes = try Self.read(path), collector = KeyCollector()
        do {
            snapshot =
                switch URL(filePath: path).pathExtension.lowercased() {
                case "json":
                    try JSONSnapshot(
                        data: bytes.span.bytes, providerName: path,
                        parsingOptions: .init(secretsSpecifier: .dynamic { key, _ in collector.isSecret(key) }))
                case "yaml", "yml":
                    try YAMLSnapshot(
                        data: bytes.span.bytes, providerName: path,
                        parsingOptions: .init(secretsSpecifier: .dynamic { key, _ in collector.isSecret(key) }))
                default: throw SettingsError("The settings file \(path) must end in .json, .yaml or .yml.")
                }
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError("\(path) is not a valid settings file: \(Self.reason(error))")
        }
        keys = collector.keys
    }

    private static func read(_ path: String) throws(SettingsError) -> [UInt8] {
        let bytes: Data?
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            bytes = try file.read(upToCount: maximumSize + 1)
        } catch {
            throw SettingsError("The settings file \(path) cannot be read. Check that it exists and that this user may read it.")
        }
        guard let bytes, bytes.count <= maximumSize else {
            throw SettingsError("The settings file \(path) is empty or larger than a megabyte.")
        }
        return [UInt8](bytes)
    }

    /// The first line of a parser's message: the rest may quote lines of the file, with passwords.
    private static func reason(_ error: any Error) -> String {
        let text = (error as NSError).userInfo["NSDebugDescription"] as? String ?? "\(error)"
        return text.split(separator: "\n").first.map(String.init) ?? text
    }

    /// Rejects unknown names in all sections; reports all of them at once.
    func check(_ commands: ConfigurableCommands) throws(SettingsError) {
        let problems = keys.sorted { $0.lexicographicallyPrecedes($1) }.compactMap { problem($0, commands) }
        guard problems.isEmpty else { throw SettingsError(all: problems) }
    }

    private func problem(_ key: [String], _ commands: ConfigurableCommands) -> String? {
        let sections = commands.options.keys.sorted()
        guard let section = key.first, sections.contains(section) else {
            let owners = key.count == 1 ? sections.filter { commands.configurable($0).contains { $0.name == key[0] } } : []
            if let owner = owners.first(where: { $0 == "serve" }) ?? owners.first {
                return "\(path): '\(key[0])' is outside of the sections; move it under '\(owner)'."
            }
            let hint = NearestName.of(key.first ?? "", among: sections).map { " Did you mean '\($0)'?" }
            return "\(path): there is no section '\(key.first ?? "")'; there are \(sections.joined(separator: ", "))."
                + (hint ?? "")
        }
        // A section that holds a value instead of settings.
        if key.count == 1 { return isUnset(key) ? nil : "\(path): '\(section)' is a section; put its settings under it." }
        let names = commands.configurable(section).map(\.name)
        if key.count == 2, names.contains(key[1]) { return nil }
        let name = key.dropFirst().joined(separator: ".")
        let hint = NearestName.of(key[1], among: names).map { " Did you mean '\($0)'?" }
        return "\(path): '\(section)' has no setting '\(name)'."
            + (hint ?? " `sakuga \(section) --help` lists the settings; in a file they have no dashes.")
    }

    /// The values that the file sets for an option of a section; nil when it sets none.
    func values(of option: ConfigurableOption, in section: String) throws(SettingsError) -> [String]? {
        let key = [section, option.name]
        guard keys.contains(key), !isUnset(key) else { return nil }
        if !option.takesValue {
            guard case .bool(let isOn)? = content(key, .bool) else {
                throw SettingsError("\(path): '\(option.name)' in '\(section)' must be true or false.")
            }
            return ["\(isOn)"]
        }
        if let text = scalar(key) { return [text] }
        guard let list = list(key) else {
            throw SettingsError("\(path): '\(option.name)' in '\(section)' must be a text or a number.")
        }
        guard option.isRepeating else {
            throw SettingsError("\(path): '\(option.name)' in '\(section)' takes one value, not a list.")
        }
        return list
    }

    /// Whether the value is one of YAML's forms of null.
    private func isUnset(_ key: [String]) -> Bool { ["", "~", "null"].contains(scalar(key)) }

    private func scalar(_ key: [String]) -> String? {
        if case .string(let text)? = content(key, .string) { return text }
        if case .int(let number)? = content(key, .int) { return "\(number)" }
        if case .double(let number)? = content(key, .double) { return "\(number)" }
        return nil
    }

    private func list(_ key: [String]) -> [String]? {
        if case .stringArray(let texts)? = content(key, .stringArray) { return texts }
        if case .doubleArray(let numbers)? = content(key, .doubleArray) { return numbers.map { "\($0)" } }
        return nil
    }

    private func content(_ key: [String], _ type: ConfigType) -> ConfigContent? {
        // The snapshot throws for a value of another type; callers then try the next type.
        try? snapshot.value(forKey: AbsoluteConfigKey(key), type: type).value?.content
    }
}

/// Collects the keys of a file while it is parsed. A snapshot can't list its keys, but asks for each whether its value is a secret.
private final class KeyCollector: Sendable {
    private let seen = Mutex<Set<[String]>>([])

    var keys: Set<[String]> { seen.withLock { $0 } }

    /// Every value is: the library must not print any of them.
    func isSecret(_ key: String) -> Bool {
        seen.withLock { _ = $0.insert(key.split(separator: ".").map(String.init)) }
        return true
    }
}
