import Foundation
import NIOCore

extension EnvironmentSummary {
    /// This machine.
    static func current(version: String) -> EnvironmentSummary {
        let process = ProcessInfo.processInfo
        return EnvironmentSummary(
            host: process.hostName, system: process.operatingSystemVersionString, cores: System.coreCount,
            processor: processorName(), memoryBytes: Int(clamping: process.physicalMemory), version: version)
    }

    private static func processorName() -> String? {
        #if os(Linux)
            guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
            let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
            return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        #else
            return nil
        #endif
    }
}
