import Crypto

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
