#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ModelStore {
    /// The store of this machine and user.
    ///
    /// Shipped models: `SAKUGA_MODELS` if set; else the nearest `Models` or `share/sakuga/models` with the default model,
    /// upwards from where the executable really lies. User's models: `$XDG_DATA_HOME/sakuga/models`, else
    /// `~/.local/share/sakuga/models`, else (a service account without a home) `/var/lib/sakuga/models`.
    package static func standard(environment: [String: String], executablePath: String) -> ModelStore {
        let shipped = nonEmpty(environment["SAKUGA_MODELS"]) ?? shippedFolder(above: executablePath)
        return ModelStore(shippedFolder: shipped, userFolder: userFolder(environment))
    }

    private static func nonEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    private static func userFolder(_ environment: [String: String]) -> String {
        // The XDG specification has relative paths ignored.
        if let data = nonEmpty(environment["XDG_DATA_HOME"]), data.hasPrefix("/") { return "\(data)/sakuga/models" }
        if let home = nonEmpty(environment["HOME"]) { return "\(home)/.local/share/sakuga/models" }
        return "/var/lib/sakuga/models"
    }

    private static func shippedFolder(above executablePath: String) -> String? {
        var folder = URL(filePath: executablePath).resolvingSymlinksInPath().deletingLastPathComponent()
        // Deep enough for a build folder inside a checkout, and an end for odd file systems.
        for _ in 0..<16 {
            for candidate in ["Models", "share/sakuga/models"] {
                let path = folder.appending(path: candidate).path
                if FileManager.default.fileExists(atPath: "\(path)/\(Catalogue.defaultModel).json") { return path }
            }
            if folder.path == "/" { return nil }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
