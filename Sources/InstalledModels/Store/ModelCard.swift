package import AnimeGAN
import Checkpoints

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A text in the two languages of Sakuga.
package struct Bilingual: Sendable, Equatable, Codable {
    /// English.
    package let en: String
    /// Chinese.
    package let zh: String

    /// Creates a text.
    package init(en: String, zh: String) {
        self.en = en
        self.zh = zh
    }

    /// Both texts, English first; one if they are equal, like the titles of imported models.
    package var inBothLanguages: String { en == zh ? en : "\(en) \(zh)" }
}

/// The description of an installed model: the file `NAME.json` beside `NAME.safetensors`.
package struct ModelCard: Sendable, Equatable, Codable {
    /// The name on the command line and in requests.
    package let name: ModelName
    /// The title in a list of styles.
    package let title: Bilingual
    /// One sentence about its look.
    package let description: Bilingual
    /// How its two resizes place samples.
    package let convention: BilinearConvention
    /// An SPDX identifier, or `unknown` for imported files.
    package let licence: String
    /// Its source: an address, or the name of a file.
    package let source: String
    /// SHA-256 of `NAME.safetensors`, in hexadecimal.
    package let sha256: String
    /// The size of the pictures that it was trained on, in pixels; nil if unknown.
    package let trainedSize: Int?

    /// Creates a card.
    package init(
        name: ModelName, title: Bilingual, description: Bilingual, convention: BilinearConvention, licence: String,
        source: String, sha256: String, trainedSize: Int? = nil
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.convention = convention
        self.licence = licence
        self.source = source
        self.sha256 = sha256
        self.trainedSize = trainedSize
    }

    /// The maximum size of a card, in bytes.
    static let byteLimit = 64 << 10

    static func read(_ path: String) throws(ModelStoreError) -> ModelCard {
        do {
            return try JSONDecoder().decode(ModelCard.self, from: Data(BoundedFile.read(path, limit: byteLimit)))
        } catch let error as CheckpointError {
            throw .card(path: path, detail: error.description)
        } catch {
            throw .card(path: path, detail: "It is not a JSON object with the fields of a model card.")
        }
    }

    func encoded() throws(ModelStoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(self)) + [0x0A]
        } catch {
            throw .card(path: "\(name).json", detail: "It cannot be encoded.")
        }
    }
}

/// A model's name: 1 to 64 of a–z, 0–9, `_` and `-`. It is part of file names, so no other characters are allowed.
package struct ModelName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// The text.
    package let text: String

    /// - Throws: ``ModelStoreError/badName(_:)``.
    package init(_ text: String) throws(ModelStoreError) {
        let allowed = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        guard (1...64).contains(text.utf8.count), allowed else { throw .badName(text.printable) }
        self.text = text
    }

    /// Decodes a name with the same check.
    package init(from decoder: any Decoder) throws {
        self = try ModelName(try decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The text.
    package var description: String { text }

    /// In alphabetical order.
    package static func < (left: ModelName, right: ModelName) -> Bool { left.text < right.text }
}
