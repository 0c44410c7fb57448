import Crypto
import Foundation
import Synchronization

/// What the holder of a key may do.
package enum KeyScope: String, Sendable, CaseIterable {
    /// Turn pictures, and see to one's jobs.
    case predict
    /// Run the service: drain, resume, look at everybody's jobs.
    case admin
}

/// A key that clients may show: its name, what it is good for, and the digest by which it is known. The key itself is
/// kept nowhere.
package struct APIKey: Sendable, Equatable {
    /// The name under which the key's holder is counted and logged.
    package var name: String
    /// What it is good for; never empty.
    package var scopes: Set<KeyScope>
    /// SHA-256 of the key, 32 bytes.
    package var digest: [UInt8]

    /// Makes a key of its digest (32 bytes).
    package init(name: String, scopes: Set<KeyScope>, digest: [UInt8]) {
        self.name = name
        self.scopes = scopes
        self.digest = digest
    }

    /// The digest by which a key is known. One plain round is enough: keys are long random numbers, not passwords.
    package static func digest(of key: String) -> [UInt8] { Array(SHA256.hash(data: Array(key.utf8))) }

    /// Whether a name may stand in a file of keys: a letter, then up to 63 letters, digits, `-`, `_` and `.`. A client
    /// without a key is never called like that, but by its address.
    static func isName(_ name: some StringProtocol) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.unicodeScalars.first, first.isLetter else { return false }
        return name.unicodeScalars.allSatisfy { $0.isLetter || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0) }
            && name != ClientIdentity.local.description
    }
}

/// A key that has just been made. Its holder gets `key`, once; the file gets `line`.
package struct NewAPIKey: Sendable {
    /// The key: `sakuga_` and 43 characters, 256 random bits.
    package let key: String
    /// The line for the file of keys.
    package let line: String

    /// Makes a key. Errors: the name or the list of scopes can't stand in a file of keys.
    package init(name: String, scopes: Set<KeyScope> = [.predict]) throws(APIKeyFileError) {
        // The system's generator is fit for secrets.
        var generator = SystemRandomNumberGenerator()
        try self.init(name: name, scopes: scopes, using: &generator)
    }

    init(name: String, scopes: Set<KeyScope>, using generator: inout some RandomNumberGenerator) throws(APIKeyFileError) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        // 43 times 6 bits.
        key = "sakuga_" + String((0..<43).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] })
        let words = KeyScope.allCases.filter(scopes.contains).map(\.rawValue).joined(separator: ",")
        line = "\(name) \(words) sha256:" + APIKey.digest(of: key).map(Self.hexadecimal).joined()
        // The file's own reader is the judge of what can stand in it.
        _ = try APIKeyFile.keys(in: line)
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

extension Unicode.Scalar {
    fileprivate var isLetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
}

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
