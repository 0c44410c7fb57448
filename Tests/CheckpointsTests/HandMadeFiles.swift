import AnimeGAN
import Foundation

/// A safetensors file written without the writer under test, so that it can also be malformed.
struct SafetensorsFile {
    struct Entry {
        var name: String
        var dtype: String
        var shape: [Int]
        var begin: Int
        var end: Int
    }

    var entries: [Entry] = []
    var body: [UInt8] = []
    var header: String?
    var headerLength: UInt64?

    init() {}

    init(_ tensors: [String: Tensor], dtype: String, encode: (Float) -> [UInt8]) {
        for parameter in Architecture.parameters {
            guard let tensor = tensors[parameter.name] else { continue }
            let begin = body.count
            for value in tensor.values { body += encode(value) }
            entries.append(Entry(name: parameter.name, dtype: dtype, shape: tensor.shape, begin: begin, end: body.count))
        }
    }

    func bytes() -> [UInt8] {
        let list = entries.map {
            "\"\($0.name)\":{\"dtype\":\"\($0.dtype)\",\"shape\":\($0.shape),\"data_offsets\":[\($0.begin),\($0.end)]}"
        }
        let json = Array((header ?? "{\(list.joined(separator: ","))}").utf8)
        return little(headerLength ?? UInt64(json.count)) + json + body
    }
}

/// A zip file of stored entries with the layout of `torch.save`.
func zip(_ entries: [(name: String, bytes: [UInt8])], method: UInt16 = 0) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in entries {
        let size = UInt32(bytes.count)
        let common = little(UInt16(0)) + little(method) + little(UInt32(0)) + little(UInt32(0)) + little(size) + little(size)
        let offset = UInt32(file.count)
        file += little(UInt32(0x0403_4B50)) + little(UInt16(20)) + common + little(UInt16(name.utf8.count)) + little(UInt16(0))
        file += Array(name.utf8) + bytes
        directory += little(UInt32(0x0201_4B50)) + little(UInt32(20)) + common + little(UInt16(name.utf8.count))
        directory += [UInt8](repeating: 0, count: 12) + little(offset) + Array(name.utf8)
    }
    let end = little(UInt32(0x0605_4B50)) + little(UInt32(0)) + little(UInt16(entries.count)) + little(UInt16(entries.count))
    return file + directory + end + little(UInt32(directory.count)) + little(UInt32(file.count)) + little(UInt16(0))
}

/// A `.pt` file around a pickle, with one storage of `floats` numbers under the key `0`.
func torchFile(pickle: [UInt8], floats: Int = 4704) -> [UInt8] {
    zip([("a/data.pkl", pickle), ("a/data/0", [UInt8](repeating: 0, count: 4 * floats))])
}

/// The pickle of a dictionary with one tensor.
func pickledTensor(
    _ name: String = "block_a.0.1.weight", storage: String = "FloatStorage", count: Int = 4704, offset: Int = 0,
    shape: [Int] = [32, 3, 7, 7], strides: [Int] = [147, 49, 7, 1]
) -> [UInt8] {
    var pickle: [UInt8] = [0x80, 0x02] + Array("}(".utf8) + text(name)
    pickle += Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8) + text("storage") + Array("ctorch\n\(storage)\n".utf8)
    pickle += text("0") + text("cpu") + integer(count) + Array("tQ".utf8) + integer(offset)
    pickle += Array("(".utf8) + shape.flatMap(integer) + Array("t(".utf8) + strides.flatMap(integer) + Array("t".utf8)
    return pickle + [0x89] + Array("ccollections\nOrderedDict\n)RtRu.".utf8)
}

func text(_ text: String) -> [UInt8] { Array("X".utf8) + little(UInt32(text.utf8.count)) + Array(text.utf8) }

func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + little(UInt64(bitPattern: Int64(value))) }

func little(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }

/// A field of the protocol-buffer wire format whose value is bytes.
func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    var key = [UInt8(number << 3 | 2)]
    var length = bytes.count
    repeat {
        key.append(UInt8(length & 0x7F) | (length > 0x7F ? 0x80 : 0))
        length >>= 7
    } while length > 0
    return key + bytes
}

/// SplitMix64: the same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
