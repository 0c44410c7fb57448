import Foundation
package import LoadTesting

/// The `summary.json` of a report folder.
package enum SummaryFile {
    /// The name of the file in its folder.
    package static let name = "summary.json"
    /// The largest file that is read, in bytes; one of a thousand steps is a tenth of it.
    package static let byteLimit = 256 << 20

    /// Why a file was not read, where its content is not the reason.
    package struct Unreadable: Error {}

    /// Reads the file at `path`. Blocks on it.
    /// - Throws: `Unreadable` when it is missing, cannot be read or is too large; `SummaryError` when it is not a summary.
    package static func read(_ path: String, limit: Int = byteLimit) throws -> LoadTestSummary {
        guard let data = try? contents(path, limit: limit), data.count <= limit else { throw Unreadable() }
        return try LoadTestSummary(json: data)
    }

    /// At most one byte more than may be read, also of what has no size or grows meanwhile.
    private static func contents(_ path: String, limit: Int) throws -> Data {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        return try file.read(upToCount: limit + 1) ?? Data()
    }
}
