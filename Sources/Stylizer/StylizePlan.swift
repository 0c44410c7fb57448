package import Imaging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which photo becomes which file, decided before the first one is touched. No input is ever an output, and no output
/// comes up twice. Looks at the disk; call it off the cooperative pool.
package struct StylizePlan: Sendable, Equatable {
    /// One photo and the file its picture goes to.
    package struct Item: Sendable, Equatable {
        /// The photo's path.
        package let input: String
        /// The picture's path.
        package let output: String
    }

    /// In the order of the photos.
    package let items: [Item]
    /// The format of all the pictures.
    package let format: ImageFormat

    /// Why a plan cannot be made; each says what to do.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// The output is one of the inputs.
        case wouldOverwriteInput(String)
        /// The output's extension stands for no format that is written.
        case unknownExtension(String)
        /// The output's extension stands for another format than was asked for.
        case extensionDisagrees(String, ImageFormat)
        /// Several photos need a folder, and a file is in its place.
        case notAFolder(String)
        /// The folder cannot be made.
        case cannotCreateFolder(String)

        /// A sentence for people.
        package var description: String {
            switch self {
            case .wouldOverwriteInput(let path):
                "The output \(path) is an input too; photos are never overwritten, so give another name."
            case .unknownExtension(let path):
                "The output \(path) has an extension that is not written; "
                    + "end it in .jpg, .png or .webp, or in / for a folder."
            case .extensionDisagrees(let path, let format):
                "The output \(path) is named unlike the format \(format.rawValue) that was asked for; change one of them."
            case .notAFolder(let path):
                "Several pictures need a folder, and \(path) is a file; give a folder with -o."
            case .cannotCreateFolder(let path):
                "The folder \(path) cannot be made; check the permissions of the folder above it and the space left."
            }
        }
    }

    /// - Parameters:
    ///   - output: a file, where `selection` is one file, or a folder: an existing one, one whose name ends in `/`, or
    ///     whatever is given for several photos. It is made when it is missing.
    ///   - format: nil for what the output's extension says, and JPEG where there is none.
    package init(_ selection: PhotoSelection, output: String, format: ImageFormat?) throws(Failure) {
        let isFolder = FileStatus.isFolder(output)
        guard selection.isOneFile, !isFolder, !output.hasSuffix("/") else {
            if !isFolder { try Self.createFolder(output) }
            self.format = format ?? .jpeg
            items = Self.items(selection.photos, inFolder: output, self.format)
            return
        }
        self.format = try Self.format(ofFile: output, asked: format)
        let photo = selection.photos[0]
        if let identity = FileStatus.identity(output), identity == FileStatus.identity(photo) {
            throw .wouldOverwriteInput(output)
        }
        let parent = output.lastIndex(of: "/").map { String(output[..<$0]) } ?? ""
        if !parent.isEmpty, !FileStatus.isFolder(parent) { try Self.createFolder(parent) }
        items = [Item(input: photo, output: output)]
    }

    private static func format(ofFile path: String, asked: ImageFormat?) throws(Failure) -> ImageFormat {
        let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return asked ?? .jpeg }
        let named = ImageFormat(fileExtension: String(name[name.index(after: dot)...]))
        switch (named, asked) {
        case (nil, nil): throw .unknownExtension(path)
        case (let named?, let asked?) where named != asked: throw .extensionDisagrees(path, asked)
        default: return asked ?? named ?? .jpeg
        }
    }

    private static func createFolder(_ path: String) throws(Failure) {
        if FileStatus.exists(path) { throw .notAFolder(path) }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .cannotCreateFolder(path)
        }
    }

    /// `photos/a.heic` becomes `FOLDER/a.jpg`, or `a-2.jpg` and so on where that is an input or taken by another.
    private static func items(_ photos: [String], inFolder folder: String, _ format: ImageFormat) -> [Item] {
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        let inputs = Set(photos.compactMap(FileStatus.identity))
        var taken: Set<String> = []
        // Where the next free number of a name begins, so that a thousand equal names need no million looks.
        var lastNumber: [String: Int] = [:]
        return photos.map { photo in
            let stem = stem(of: photo)
            var number = lastNumber[stem, default: 0]
            var path: String
            repeat {
                number += 1
                path = prefix + stem + (number == 1 ? "" : "-\(number)") + "." + format.fileExtension
            } while taken.contains(path) || FileStatus.identity(path).map(inputs.contains) ?? false
            lastNumber[stem] = number
            taken.insert(path)
            return Item(input: photo, output: path)
        }
    }

    private static func stem(of path: String) -> String {
        let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
        return String(name[..<dot])
    }
}
