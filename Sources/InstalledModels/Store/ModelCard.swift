package import AnimeGAN
import Checkpoints

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A text in the two languages that Sakuga speaks.
package struct Bilingual: Sendable, Equatable, Codable {
    /// English.
    package let en: String
    /// Chinese.
    package let zh: String

    /// A pair of texts that say the same.
    package init(en: String, zh: String) {
        self.en = en
        self.zh = zh
    }

    /// Both texts, English first; one where they are the same, as an imported model's titles are.
    package var inBothLanguages: String { en == zh ? en : "\(en) \(zh)" }
}

/// What is known of an installed model beside its numbers: the file `NAME.json` next to `NAME.safetensors`.
package struct ModelCard: Sendable, Equatable, Codable {
    /// What it is called on the command line and in requests.
    package let name: ModelName
    /// What people read in a list of styles.
    package let title: Bilingual
    /// One line about the look.
    package let description: Bilingual
    /// How its two resizes place samples.
    package let convention: BilinearConvention
    /// An SPDX identifier, or `unknown` for a file someone imported.
    package let licence: String
    /// Where it came from: an address, or a file's name.
    package let source: String
    /// SHA-256 of `NAME.safetensors`, in hexadecimal.
    package let sha256: String
    /// The side, in pixels, of the pictures it was trained on; nil where unknown.
    package let trainedSize: Int?

    /// A card of these facts.
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

    /// More card than anyone writes.
    static let byteLimit = 64 << 10

    static func read(_ path: String) throws(ModelStoreError) -> ModelCard {
        do {
            return try JSONDecoder().decode(ModelCard.self, from: Data(BoundedFile.read(path, limit: byteLimit)))
        } catch let error as CheckpointError {
            throw .card(path: path, detail: error.description)
        } catch {
            throw .card(path: path, detail: "It is not the JSON object that a card must be.")
        }
    }

    func encoded() throws(ModelStoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(self)) + [0x0A]
        } catch {
            throw .card(path: "\(name).json", detail: "It could not be written.")
        }
    }
}

/// A model's name: 1 to 64 of a–z, 0–9, `_` and `-`. It becomes a file's name, so nothing else may be in it.
package struct ModelName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// The name itself.
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

    /// Reads a name from a card, with the same check.
    package init(from decoder: any Decoder) throws {
        self = try ModelName(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the bare text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The bare text.
    package var description: String { text }

    /// By the alphabet.
    package static func < (left: ModelName, right: ModelName) -> Bool { left.text < right.text }
}
