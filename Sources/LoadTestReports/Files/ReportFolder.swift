import Foundation

/// A report's folder: all files appear at once, or none.
///
/// They are written to a temporary folder next to it, which is then renamed. Into a folder that has files already, they
/// are moved one by one, each whole; files of other names stay as they are.
struct ReportFolder {
    let path: String
    private var files: FileManager { .default }

    init(_ path: String) { self.path = path }

    /// Checks, before a long test, that the report can be written: creates the parent folders and, for a moment, a folder next to it.
    func tryOut() throws(ReportError) {
        try removing(try makeBeside())
    }

    /// Writes the files, by name.
    func write(_ contents: [(name: String, bytes: Data)]) throws(ReportError) {
        let beside = try makeBeside()
        do throws(ReportError) {
            for (name, bytes) in contents {
                try doing { try bytes.write(to: beside.appendingPathComponent(name)) }
            }
            if isEmptyOrMissing {
                try replaceFolder(by: beside)
            } else {
                try moveFiles(contents.map(\.name), from: beside)
            }
        } catch {
            try? files.removeItem(at: beside)
            throw error
        }
    }

    private var url: URL { URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL }

    private var isEmptyOrMissing: Bool {
        guard files.fileExists(atPath: url.path) else { return true }
        return (try? files.contentsOfDirectory(atPath: url.path).isEmpty) ?? false
    }

    private func makeBeside() throws(ReportError) -> URL {
        var isFolder: ObjCBool = false
        if files.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue { throw .notFolder(path: path) }
        let above = url.deletingLastPathComponent()
        try doing { try files.createDirectory(at: above, withIntermediateDirectories: true) }
        let name = ".\(url.lastPathComponent).\(UInt32.random(in: .min ... .max))"
        let beside = above.appendingPathComponent(name, isDirectory: true)
        try doing { try files.createDirectory(at: beside, withIntermediateDirectories: false) }
        return beside
    }

    private func replaceFolder(by beside: URL) throws(ReportError) {
        // rename(2) replaces a folder that is empty; FileManager refuses to.
        guard rename(beside.path, url.path) == 0 else {
            throw ReportError(CocoaError(.fileWriteUnknown, userInfo: [NSUnderlyingErrorKey: posixError()]), path: path)
        }
    }

    private func moveFiles(_ names: [String], from beside: URL) throws(ReportError) {
        for name in names where rename(beside.appendingPathComponent(name).path, url.appendingPathComponent(name).path) != 0 {
            throw ReportError(CocoaError(.fileWriteUnknown, userInfo: [NSUnderlyingErrorKey: posixError()]), path: path)
        }
        try removing(beside)
    }

    private func removing(_ folder: URL) throws(ReportError) {
        try doing { try files.removeItem(at: folder) }
    }

    private func posixError() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

    private func doing(_ work: () throws -> Void) throws(ReportError) {
        do { try work() } catch { throw ReportError(error, path: path) }
    }
}

/// Why a report could not be written.
package enum ReportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The disk has no room.
    case diskFull(path: String)
    /// Writing is not allowed there.
    case denied(path: String)
    /// What is there already is not a folder.
    case notFolder(path: String)
    /// Something else; with the system's words.
    case failed(path: String, reason: String)
    /// A file of the program itself is missing.
    case pageMissing(String)

    package var description: String {
        switch self {
        case .diskFull(let path):
            "The report cannot be written to \(path): the disk is full. Free some space, or choose another folder (--report)."
        case .denied(let path):
            "The report cannot be written to \(path): permission denied. Choose another folder (--report)."
        case .notFolder(let path):
            "The report cannot be written to \(path): it is a file. Choose a folder (--report)."
        case .failed(let path, let reason):
            "The report cannot be written to \(path): \(reason)"
        case .pageMissing(let name):
            "The report cannot be written: the program's resource \(name) is missing. Reinstall Sakuga with its resource folders."
        }
    }

    /// What happened while `path` was written.
    init(_ error: any Error, path: String) {
        switch (error as? CocoaError)?.code {
        case .fileWriteOutOfSpace?: self = .diskFull(path: path)
        case .fileWriteNoPermission?, .fileWriteVolumeReadOnly?: self = .denied(path: path)
        default:
            let system = (error as? CocoaError)?.underlying as? POSIXError
            switch system?.code {
            case .ENOSPC?, .EDQUOT?: self = .diskFull(path: path)
            case .EACCES?, .EROFS?, .EPERM?: self = .denied(path: path)
            case .ENOTDIR?, .EEXIST?: self = .notFolder(path: path)
            case let code?: self = .failed(path: path, reason: "\(String(cString: strerror(code.rawValue))).")
            case nil: self = .failed(path: path, reason: "\(error.localizedDescription)")
            }
        }
    }
}
