import Configuration
import Foundation
import Synchronization

/// A file of settings: a section for each subcommand, in it its options.
struct SettingsFile: Sendable {
    let path: String
    private let snapshot: any ConfigSnapshot
    /// Of all values: section and name, as many components as there are.
    private let keys: Set<[String]>

    /// Far more than all settings take.
    private static let largestFile = 1_000_000

    /// Reads the file.
    init(path: String) throws(SettingsError) {
        self.path = path
        let bytes = try Self.read(path), seen = SeenKeys()
        do {
            snapshot =
                switch URL(filePath: path).pathExtension.lowercased() {
                case "json":
                    try JSONSnapshot(
                        data: bytes.span.bytes, providerName: path,
                        parsingOptions: .init(secretsSpecifier: .dynamic { key, _ in seen.isSecret(key) }))
                case "yaml", "yml":
                    try YAMLSnapshot(
                        data: bytes.span.bytes, providerName: path,
                        parsingOptions: .init(secretsSpecifier: .dynamic { key, _ in seen.isSecret(key) }))
                default: throw SettingsError("The name of a settings file ends in .json, .yaml or .yml; \(path) does not.")
                }
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError("\(path) can't be read as settings: \(Self.reason(error))")
        }
        keys = seen.keys
    }

    private static func read(_ path: String) throws(SettingsError) -> [UInt8] {
        let bytes: Data?
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            bytes = try file.read(upToCount: largestFile + 1)
        } catch {
            throw SettingsError("The settings file \(path) can't be read; is it there, and may this user read it?")
        }
        guard let bytes, bytes.count <= largestFile else {
            throw SettingsError("The settings file \(path) is empty or larger than a megabyte.")
        }
        return [UInt8](bytes)
    }

    /// A parser's message without the lines of the file that it may quote: a password may stand in them.
    private static func reason(_ error: any Error) -> String {
        let text = (error as NSError).userInfo["NSDebugDescription"] as? String ?? "\(error)"
        return text.split(separator: "\n").first.map(String.init) ?? text
    }

    /// Refuses what no option is called, all of it at once, in whatever section it is.
    func check(_ commands: SettableCommands) throws(SettingsError) {
        let problems = keys.sorted { $0.lexicographicallyPrecedes($1) }.compactMap { problem($0, commands) }
        guard problems.isEmpty else { throw SettingsError(all: problems) }
    }

    private func problem(_ key: [String], _ commands: SettableCommands) -> String? {
        let sections = commands.options.keys.sorted()
        guard let section = key.first, sections.contains(section) else {
            let owners = key.count == 1 ? sections.filter { commands.settable($0).contains { $0.name == key[0] } } : []
            if let owner = owners.first(where: { $0 == "serve" }) ?? owners.first {
                return "\(path): '\(key[0])' stands outside of the sections; put it under '\(owner)'."
            }
            let hint = NearestName.of(key.first ?? "", among: sections).map { " Did you mean '\($0)'?" }
            return "\(path): there is no section '\(key.first ?? "")'; there are \(sections.joined(separator: ", "))."
                + (hint ?? "")
        }
        // A section without settings.
        if key.count == 1 { return isUnset(key) ? nil : "\(path): '\(section)' is a section; put its settings under it." }
        let names = commands.settable(section).map(\.name)
        if key.count == 2, names.contains(key[1]) { return nil }
        let name = key.dropFirst().joined(separator: ".")
        let hint = NearestName.of(key[1], among: names).map { " Did you mean '\($0)'?" }
        return "\(path): '\(section)' has no setting '\(name)'."
            + (hint ?? " `sakuga \(section) --help` lists them; here they are written without the dashes.")
    }

    /// What the file says of an option in a section; nil when it says nothing.
    func values(of option: SettableOption, in section: String) throws(SettingsError) -> [String]? {
        let key = [section, option.name]
        guard keys.contains(key), !isUnset(key) else { return nil }
        if !option.takesValue {
            guard case .bool(let isOn)? = content(key, .bool) else {
                throw SettingsError("\(path): '\(option.name)' in '\(section)' is a switch; it is true or false.")
            }
            return ["\(isOn)"]
        }
        if let text = scalar(key) { return [text] }
        guard let list = list(key) else {
            throw SettingsError("\(path): '\(option.name)' in '\(section)' is neither a text nor a number.")
        }
        guard option.isRepeating else {
            throw SettingsError("\(path): '\(option.name)' in '\(section)' takes one value, not a list; write it as one text.")
        }
        return list
    }

    /// YAML's ways to leave a value out.
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
        // A value of another type is an error of the snapshot's; the next type is tried then.
        try? snapshot.value(forKey: AbsoluteConfigKey(key), type: type).value?.content
    }
}

/// Notes the keys of a file while it is read. A snapshot can't list them, but asks of each whether its value is a secret.
private final class SeenKeys: Sendable {
    private let seen = Mutex<Set<[String]>>([])

    var keys: Set<[String]> { seen.withLock { $0 } }

    /// All are: nothing of the file is to be printed by anybody but us.
    func isSecret(_ key: String) -> Bool {
        seen.withLock { _ = $0.insert(key.split(separator: ".").map(String.init)) }
        return true
    }
}
