import Foundation

/// Files that a scenario names, read within bounds.
struct ScenarioFile {
    /// The scenario itself at most.
    static let longestScenario = 1 << 20

    /// A path as written in a scenario: from the folder of the scenario, unless it begins with a slash.
    static func path(_ path: String, besides scenario: String) -> String {
        URL(filePath: path, relativeTo: URL(filePath: scenario).deletingLastPathComponent()).path
    }

    /// The bytes of a file; an error says why not.
    static func read(_ path: String, atMost limit: Int) throws(ScenarioError) -> [UInt8] {
        let handle: FileHandle
        do { handle = try FileHandle(forReadingFrom: URL(filePath: path)) } catch {
            throw ScenarioError(file: path, "can't be read: \(reason(error)).")
        }
        defer { try? handle.close() }
        let bytes: Data
        do { bytes = try handle.read(upToCount: limit + 1) ?? Data() } catch {
            throw ScenarioError(file: path, "can't be read: \(reason(error)).")
        }
        guard bytes.count <= limit else { throw ScenarioError(file: path, "is longer than \(limit) bytes.") }
        return Array(bytes)
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "it may not be read"
        default: "it is no readable file"
        }
    }
}
