import AnimeGAN

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads safetensors: a little-endian length, a JSON header of that length, then the bytes of the tensors without gaps.
enum SafetensorsReader {
    /// The maximum length of a header, far more than a file of this network needs. Longer ones are rejected before parsing.
    static let headerLimit = 1 << 20

    struct File {
        let tensors: [String: StoredTensor]
        let metadata: [String: String]
        let convention: BilinearConvention?
    }

    static func read(_ bytes: [UInt8]) throws(CheckpointError) -> File {
        let headerLength = try headerLength(bytes)
        let header = try parse(bytes[8..<8 + headerLength])
        let body = 8 + headerLength
        var tensors: [String: StoredTensor] = [:]
        for (name, entry) in header.entries.sorted(by: { $0.key < $1.key }) {
            tensors[name] = try tensor(name, entry, bytes, body)
        }
        try checkCoverage(header.entries, bodyLength: bytes.count - body)
        return File(tensors: tensors, metadata: header.metadata, convention: convention(header.metadata))
    }

    private static func headerLength(_ bytes: [UInt8]) throws(CheckpointError) -> Int {
        var cursor = ByteCursor(bytes)
        guard let length = cursor.little(UInt64.self) else { throw damaged("it is too short for a header") }
        guard length <= headerLimit else {
            throw damaged("its header claims \(length) bytes, which is more than the limit of \(headerLimit)")
        }
        guard Int(length) <= cursor.remaining else {
            throw damaged("its header claims \(length) bytes, but only \(cursor.remaining) follow")
        }
        return Int(length)
    }

    private static func parse(_ json: ArraySlice<UInt8>) throws(CheckpointError) -> Header {
        do {
            return try JSONDecoder().decode(Header.self, from: Data(json))
        } catch let error as Header.Problem {
            throw .tensor(name: error.name, detail: "its entry in the header must have dtype, shape and data_offsets")
        } catch {
            throw damaged("its header is not a JSON object of the required form")
        }
    }

    /// Checks that the bytes of the tensors fill the body without gaps and overlaps.
    private static func checkCoverage(_ entries: [String: Entry], bodyLength: Int) throws(CheckpointError) {
        var covered = 0
        for (name, entry) in entries.sorted(by: { ($0.value.begin, $0.value.end) < ($1.value.begin, $1.value.end) }) {
            guard entry.begin == covered else {
                throw .tensor(name: name, detail: "its bytes begin at \(entry.begin), but must begin at \(covered)")
            }
            covered = entry.end
        }
        guard covered == bodyLength else {
            throw damaged("the last \(bodyLength - covered) bytes belong to no tensor")
        }
    }

    private static func tensor(
        _ name: String, _ entry: Entry, _ bytes: [UInt8], _ body: Int
    ) throws(CheckpointError) -> StoredTensor {
        guard entry.begin >= 0, entry.begin <= entry.end, entry.end <= bytes.count - body else {
            throw .tensor(
                name: name,
                detail: "its bytes \(entry.begin)..<\(entry.end) lie outside the file's \(bytes.count - body) bytes of data")
        }
        let type: ElementType
        switch entry.dtype {
        case "F32": type = .float32
        case "F16": type = .float16
        case "BF16": type = .bfloat16
        default: throw .tensor(name: name, detail: "its type is \(entry.dtype.printable), but F32, F16 or BF16 is expected")
        }
        guard let expected = ShapeArithmetic.bytes(entry.shape, size: type.size) else {
            throw .tensor(name: name, detail: "its shape \(entry.shape) is impossible")
        }
        guard expected == entry.end - entry.begin else {
            throw .tensor(
                name: name,
                detail: "shape \(entry.shape) of \(entry.dtype) needs \(expected) bytes, but it has \(entry.end - entry.begin)")
        }
        return StoredTensor(shape: entry.shape) { () throws(CheckpointError) in
            type.decode(bytes, at: body + entry.begin, count: expected / type.size)
        }
    }

    private static func convention(_ metadata: [String: String]) -> BilinearConvention? {
        switch metadata["align_corners"]?.lowercased() {
        case "true": .alignCorners
        case "false": .halfPixel
        default: nil
        }
    }

    private static func damaged(_ detail: String) -> CheckpointError {
        .malformed(format: .safetensors, detail: detail)
    }
}

extension SafetensorsReader {
    /// The header entry of one tensor; offsets count from the end of the header.
    struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let begin: Int
        let end: Int

        private enum Keys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            dtype = try container.decode(String.self, forKey: .dtype)
            shape = try container.decode([Int].self, forKey: .shape)
            let offsets = try container.decode([Int].self, forKey: .offsets)
            guard offsets.count == 2 else {
                throw DecodingError.dataCorruptedError(forKey: .offsets, in: container, debugDescription: "not a pair")
            }
            begin = offsets[0]
            end = offsets[1]
        }
    }

    /// The header: the entries by tensor name, and the metadata.
    struct Header: Decodable {
        let entries: [String: Entry]
        let metadata: [String: String]

        /// The name of a tensor with a malformed entry.
        struct Problem: Error {
            let name: String
        }

        private struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            var entries: [String: Entry] = [:]
            var metadata: [String: String] = [:]
            for key in container.allKeys {
                if key.stringValue == "__metadata__" {
                    metadata = try container.decode([String: String].self, forKey: key)
                    continue
                }
                guard let entry = try? container.decode(Entry.self, forKey: key) else {
                    throw Problem(name: key.stringValue)
                }
                entries[key.stringValue] = entry
            }
            self.entries = entries
            self.metadata = metadata
        }
    }
}
