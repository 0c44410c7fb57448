import Crypto
import Foundation
import Synchronization

/// What the holder of a key may do.
package enum KeyScope: String, Sendable, CaseIterable {
    /// Make pictures, and manage one's own jobs.
    case predict
    /// Operate the service: drain, resume, see all jobs.
    case admin
}

/// A valid API key: its name, its scopes and its digest. The key itself is not stored.
package struct APIKey: Sendable, Equatable {
    /// The name under which requests with this key are counted and logged.
    package var name: String
    /// What it allows; never empty.
    package var scopes: Set<KeyScope>
    /// SHA-256 of the key, 32 bytes.
    package var digest: [UInt8]

    /// Creates a key from its digest (32 bytes).
    package init(name: String, scopes: Set<KeyScope>, digest: [UInt8]) {
        self.name = name
        self.scopes = scopes
        self.digest = digest
    }

    /// The digest of a key. One unsalted round is enough: keys are long random numbers, not passwords.
    package static func digest(of key: String) -> [UInt8] { Array(SHA256.hash(data: Array(key.utf8))) }

    /// Whether a name is valid in a key file: a letter, then up to 63 letters, digits, `-`, `_` and `.`. Clients without a key are named
    /// by their address, which is never valid here.
    static func isName(_ name: some StringProtocol) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.unicodeScalars.first, first.isLetter else { return false }
        return name.unicodeScalars.allSatisfy { $0.isLetter || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0) }
            && name != ClientIdentity.local.description
    }
}

/// A new key. Its holder gets `key`, once; the key file gets `line`.
package struct NewAPIKey: Sendable {
    /// The key: `sakuga_` and 43 characters, 256 random bits.
    package let key: String
    /// The line for the key file.
    package let line: String

    /// Creates a key.
    /// - Throws: an error when the name or the scopes are not valid in a key file.
    package init(name: String, scopes: Set<KeyScope> = [.predict]) throws(APIKeyFileError) {
        // The system's generator is cryptographically secure.
        var generator = SystemRandomNumberGenerator()
        try self.init(name: name, scopes: scopes, using: &generator)
    }

    init(name: String, scopes: Set<KeyScope>, using generator: inout some RandomNumberGenerator) throws(APIKeyFileError) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        // 43 times 6 bits.
        key = "sakuga_" + String((0..<43).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] })
        let words = KeyScope.allCases.filter(scopes.contains).map(\.rawValue).joined(separator: ",")
        line = "\(name) \(words) sha256:" + APIKey.digest(of: key).map(Self.hexadecimal).joined()
        // The file's parser decides what is valid in it.
        _ = try APIKeyFile.keys(in: line)
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

extension Unicode.Scalar {
    fileprivate var isLetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
}

/// The valid API keys, loaded from a file and reloaded on demand.
package final class APIKeyRing: Sendable {
    private static let largestFile = 1 << 20
    /// Far longer than any generated key; longer ones are rejected without a digest.
    private static let longestKey = 512

    private let path: String?
    private let keys: Mutex<[APIKey]>

    /// Loads the file at `path`, in the format of `APIKeyFile`.
    package init(path: String) throws(APIKeyFileError) {
        self.path = path
        keys = Mutex(try Self.read(path))
    }

    /// Holds these keys; reloading does nothing.
    package init(keys: [APIKey]) {
        path = nil
        self.keys = Mutex(keys)
    }

    /// The number of keys.
    package var count: Int { keys.withLock { $0.count } }

    /// Reloads the file and returns the number of keys. On an error the earlier keys stay valid.
    @discardableResult
    package func reload() throws(APIKeyFileError) -> Int {
        guard let path else { return count }
        let fresh = try Self.read(path)
        keys.withLock { $0 = fresh }
        return fresh.count
    }

    /// A warning for the operator if other users of this machine can read the file, else nil. Digests do not reveal the keys, but names
    /// and scopes are confidential.
    package var permissionWarning: String? {
        guard let path, let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue, mode & 0o004 != 0
        else { return nil }
        return "\(path) can be read by every user of this machine. Run: chmod 600 \(path)"
    }

    /// The key that a client presents, or nil if it is not valid. The time depends on the number of keys only, neither on which one
    /// matches nor on how much of it does.
    package func key(_ presented: String) -> APIKey? {
        guard presented.utf8.count <= Self.longestKey else { return nil }
        let digest = APIKey.digest(of: presented)
        let keys = keys.withLock { $0 }
        var found = -1
        for (index, key) in keys.enumerated() {
            // 1 if all bytes are equal, computed without a branch, whose timing would leak.
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
                path: path, message: "the API key file cannot be read. Check the path and the permissions.")
        }
        if data.count > largestFile {
            throw APIKeyFileError(path: path, message: "the file is larger than 1 MB. Check that it is the API key file.")
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw APIKeyFileError(path: path, message: "the file is not UTF-8 text. Check that it is the API key file.")
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
