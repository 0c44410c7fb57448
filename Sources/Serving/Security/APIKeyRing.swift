import Foundation
import Synchronization

/// The keys that open the service, read from a file and read anew on demand.
package final class APIKeyRing: Sendable {
    private static let largestFile = 1 << 20
    /// Far longer than any key that we make; what is longer is not worth a digest.
    private static let longestKey = 512

    private let path: String?
    private let keys: Mutex<[APIKey]>

    /// Reads the file at `path` (its format is that of `APIKeyFile`).
    package init(path: String) throws(APIKeyFileError) {
        self.path = path
        keys = Mutex(try Self.read(path))
    }

    /// Holds these keys; there is nothing to reload.
    package init(keys: [APIKey]) {
        path = nil
        self.keys = Mutex(keys)
    }

    /// How many keys there are.
    package var count: Int { keys.withLock { $0.count } }

    /// Reads the file anew; gives the number of keys. On an error the keys from before stay good.
    @discardableResult
    package func reload() throws(APIKeyFileError) -> Int {
        guard let path else { return count }
        let fresh = try Self.read(path)
        keys.withLock { $0 = fresh }
        return fresh.count
    }

    /// What to tell the operator if others on this machine can read the file; nil when all is well. Digests give no key
    /// away, but names and scopes are nobody's business.
    package var permissionWarning: String? {
        guard let path, let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue, mode & 0o004 != 0
        else { return nil }
        return "\(path) can be read by everybody on this machine. Run: chmod 600 \(path)"
    }

    /// The key that a client has shown, or nil if it is none of ours. The time it takes depends on how many keys there are,
    /// and neither on which one it is nor on how much of it is right.
    package func key(_ shown: String) -> APIKey? {
        guard shown.utf8.count <= Self.longestKey else { return nil }
        let digest = APIKey.digest(of: shown)
        let keys = keys.withLock { $0 }
        var found = -1
        for (index, key) in keys.enumerated() {
            // 1 if all bytes are equal, without a branch that would tell.
            let difference = zip(key.digest, digest).reduce(0 as UInt) { $0 | UInt($1.0 ^ $1.1) }
            let isEqual = Int(truncatingIfNeeded: (difference &- 1) >> UInt(UInt.bitWidth - 1))
            found += isEqual * (index - found)
        }
        return found < 0 ? nil : keys[found]
    }

    private static func read(_ path: String) throws(APIKeyFileError) -> [APIKey] {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: largestFile + 1) ?? Data()
        } catch {
            throw APIKeyFileError(
                path: path, message: "the file of API keys can't be read. Is the path right, and may this user read it?")
        }
        if data.count > largestFile {
            throw APIKeyFileError(path: path, message: "this is larger than 1 MB; is it the file of API keys?")
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw APIKeyFileError(path: path, message: "this is not text in UTF-8; is it the file of API keys?")
        }
        do throws(APIKeyFileError) {
            return try APIKeyFile.keys(in: text)
        } catch {
            var error = error
            error.path = path
            throw error
        }
    }
}
