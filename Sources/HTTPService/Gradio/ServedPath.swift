package import JobQueue

/// Where a file can be fetched: `/sakuga/<32 hexadecimal digits>/photo.jpg`. It names nothing on the disk, and cannot be guessed.
package struct ServedPath: Hashable, Sendable {
    /// 128 random bits: the upload's own, or the name of the job whose result it is.
    package let id: JobID
    /// The last component.
    package let name: String

    /// A path; a new one if no job is named.
    package init(id: JobID = JobID(), name: String) {
        self.id = id
        self.name = name
    }

    /// Reads a path as a client gives it back.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard text.utf8.count <= 1_024, parts.count == 3, parts[0] == "sakuga", let id = JobID(String(parts[1])) else {
            return nil
        }
        self.init(id: id, name: String(parts[2]))
    }

    var text: String { "/sakuga/\(id.text)/\(name)" }

    /// The last component of a name that a client made up, with nothing in it that could mean something to a path, a header or a
    /// page: letters, digits, `.`, `-` and `_`.
    static func safeName(_ name: String) -> String {
        let base = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        let safe = base.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" }
        let visible = String(safe.drop { $0 == "." }.suffix(60))
        return visible.isEmpty || visible.utf8.count > 240 ? "file" : visible
    }
}
