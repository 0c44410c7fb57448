import Foundation

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
            "The report can't be written to \(path): the disk is full. Free some space, or give --report another folder."
        case .denied(let path):
            "The report can't be written to \(path): that is not allowed. Give --report a folder of your own."
        case .notFolder(let path):
            "The report can't be written to \(path): that is a file. Give --report a folder."
        case .failed(let path, let reason):
            "The report can't be written to \(path): \(reason)"
        case .pageMissing(let name):
            "The report can't be written: this program's file \(name) is missing. Install Sakuga anew, with its folders of resources."
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
