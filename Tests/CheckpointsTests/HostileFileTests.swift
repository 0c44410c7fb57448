import AnimeGAN
import Checkpoints
import Foundation
import Testing

/// Each file here is malformed in one way, and must give an error that says which.
@Suite struct HostileFileTests {
    private func message(_ bytes: [UInt8]) throws -> String {
        try #require(throws: CheckpointError.self) { try CheckpointReader.read(bytes: bytes) }.description
    }

    // MARK: Pickles

    @Test(arguments: ["malicious.pt", "malicious-legacy.pth"])
    func `a pickle that calls os system is rejected by name and nothing runs`(name: String) throws {
        let message = try message(Fixture.bytes(name))
        #expect(message.contains("posix.system"))
        #expect(message.contains("nothing was run"))
        #expect(!FileManager.default.fileExists(atPath: "/tmp/sakuga-was-executed"))
    }

    @Test(arguments: ["builtins eval", "torch load", "torch.nn.modules.conv Conv2d", "numpy.core.multiarray _reconstruct"])
    func `any other Python object is rejected by name, in every encoding of the name`(object: String) throws {
        let parts = object.split(separator: " ").map(String.init)
        let named = parts.joined(separator: ".")
        let byLine = [0x80, 0x02] + Array("c\(parts[0])\n\(parts[1])\n)R.".utf8)
        #expect(try message(torchFile(pickle: byLine)).contains(named))
        let byStack = [0x80, 0x04] + text(parts[0]) + text(parts[1]) + [0x93] + Array(")R.".utf8)
        #expect(try message(torchFile(pickle: byStack)).contains(named))
    }

    @Test func `the messages for a whole model, a program and a bare pickle say how to save weights`() throws {
        #expect(try message(Fixture.bytes("whole-model.pt")).contains("state_dict()"))
        let scripted = try message(Fixture.bytes("scripted.pt"))
        #expect(scripted.contains("TorchScript"), "\(scripted)")
        #expect(try message(Fixture.bytes("bare.pkl")).contains("bare Python pickle"))
    }

    @Test func `a million nested tuples and a list inside itself cause no recursion`() throws {
        let nested = [0x80, 0x02] + Array(")".utf8) + [UInt8](repeating: 0x85, count: 1_000_000) + Array(".".utf8)
        #expect(try message(torchFile(pickle: nested)).contains("no dictionary"))
        let selfish = [0x80, 0x02] + Array("]q".utf8) + [0] + Array("h".utf8) + [0] + Array("a.".utf8)
        #expect(try message(torchFile(pickle: selfish)).contains("no dictionary"))
        let mirror = [0x80, 0x02] + Array("}q".utf8) + [0] + text("state_dict") + Array("h".utf8) + [0] + Array("s.".utf8)
        #expect(try message(torchFile(pickle: mirror)).contains("state_dict"))
    }

    @Test func `a pickle longer than its limit is rejected`() throws {
        let endless = [0x80, 0x02] + [UInt8](repeating: UInt8(ascii: "N"), count: 2 << 20) + Array(".".utf8)
        #expect(try message(torchFile(pickle: endless)).contains("does not end"))
    }

    @Test func `one list that is copied into many dictionaries is rejected`() throws {
        var pickle: [UInt8] = [0x80, 0x02] + Array("(K".utf8) + [1, 0x4B, 1, 0x86, 0x71, 1] + Array("](".utf8)
        for _ in 0..<20_000 { pickle += [0x68, 1] }
        pickle += Array("eq".utf8) + [2] + Array("ccollections\nOrderedDict\nq".utf8) + [3]
        for _ in 0..<10_000 { pickle += Array("h".utf8) + [3, 0x68, 2, 0x85, 0x52] }
        #expect(try message(torchFile(pickle: pickle + Array(".".utf8))).contains("too many list items"))
    }

    @Test(arguments: [
        ("0", "empty stack"), ("R.", "empty stack"), ("h\u{5}.", "memo entry"), ("t.", "no mark"), ("Na.", "empty stack"),
        ("NNa.", "not a list"), ("X\u{7f}\u{7f}\u{7f}\u{7f}", "cut off"), ("cos", "is cut off"), ("i.", "opcode 0x69"),
        ("NNNtQ.", "no mark"), ("NQ.", "a storage"), ("", "does not end"),
    ])
    func `a broken pickle says what is wrong`(code: String, expected: String) throws {
        #expect(try message(torchFile(pickle: [0x80, 0x02] + Array(code.utf8))).contains(expected))
    }

    // MARK: Tensors in PyTorch files

    @Test func `tensors that exceed their storage are reported by name`() throws {
        let cases = [
            pickledTensor(offset: 1), pickledTensor(offset: -1), pickledTensor(offset: .max),
            pickledTensor(strides: [147, 49, 7, 2]), pickledTensor(strides: [147, 49, 7, -1]),
            pickledTensor(strides: [.max, .max, .max, .max]), pickledTensor(count: 1 << 40), pickledTensor(count: .max),
            pickledTensor(count: -1), pickledTensor(count: 4703), pickledTensor(storage: "LongStorage"),
        ]
        for pickle in cases {
            #expect(try message(torchFile(pickle: pickle)).contains("block_a.0.1.weight"))
        }
    }

    @Test func `a valid tensor alone makes the next one the first missing one`() throws {
        #expect(try message(torchFile(pickle: pickledTensor())).contains("block_a.0.2.weight is missing"))
    }

    @Test func `impossible shapes are rejected before any allocation`() throws {
        for shape in [[1 << 40, 1 << 40, 7, 7], [-32, 3, 7, 7], [0, 3, 7, 7], [32, 3, 7, 8]] {
            let message = try message(torchFile(pickle: pickledTensor(shape: shape, strides: [0, 0, 0, 0])))
            #expect(message.contains("block_a.0.1.weight") && message.contains("[32, 3, 7, 7]"))
        }
    }

    @Test func `a compressed archive is rejected and not inflated`() throws {
        #expect(try message(zip([("a/data.pkl", pickledTensor())], method: 8)).contains("method 8"))
    }

    @Test func `another kind of zip file is reported as such`() throws {
        #expect(try message(zip([("word/document.xml", [1])])).contains("no data.pkl"))
    }

    // MARK: Safetensors

    @Test(arguments: [UInt64.max, UInt64(1) << 62, UInt64(1 << 20) + 1, UInt64(100_000)])
    func `a header longer than the file or the limit is rejected`(length: UInt64) throws {
        var file = SafetensorsFile()
        file.headerLength = length
        #expect(try message(file.bytes()).contains("header claims \(length) bytes"))
    }

    @Test func `a header that is not JSON of the right form is rejected`() throws {
        var file = SafetensorsFile()
        for header in ["{", "{]", "{\"a\":\(String(repeating: "[", count: 50_000))", "{\"__metadata__\":[1]}"] {
            file.header = header
            #expect(!(try message(file.bytes())).isEmpty)
        }
        file.header = "{\"block_b\":{\"dtype\":\"F32\",\"shape\":[1e300],\"data_offsets\":[0,4]}}"
        #expect(try message(file.bytes()).contains("block_b"))
    }

    @Test func `offsets that are outside, overlap, leave a gap or contradict the shape are reported with the tensor`() throws {
        func file(_ entries: [SafetensorsFile.Entry], bytes: Int = 8) -> [UInt8] {
            var file = SafetensorsFile()
            file.entries = entries
            file.body = [UInt8](repeating: 0, count: bytes)
            return file.bytes()
        }
        let sound = SafetensorsFile.Entry(name: "one", dtype: "F32", shape: [1], begin: 0, end: 4)
        var other = sound
        other.name = "two"
        for (begin, end) in [(4, 12), (-4, 4), (8, 4), (2, 8), (5, 8), (0, 8), (4, 7), (.max, .max), (.min, 4)] {
            (other.begin, other.end) = (begin, end)
            let message = try message(file([sound, other]))
            #expect(message.contains("two") || message.contains("one"), "\(begin)..<\(end): \(message)")
        }
        (other.begin, other.end, other.shape) = (4, 8, [.max, 4])
        #expect(try message(file([sound, other])).contains("impossible"))
        #expect(try message(file([sound])).contains("belong to no tensor"))
        other = sound
        other.dtype = "I64"
        #expect(try message(file([other], bytes: 4)).contains("I64"))
    }

    @Test func `missing, misshapen, unexpected and non-finite tensors are reported with what is expected`() throws {
        func error(_ change: (inout [String: Tensor]) -> Void) throws -> String {
            var tensors = Fixture.tensors
            change(&tensors)
            // Unexpected tensors are appended by hand, because the file writer follows the architecture.
            return try message(SafetensorsFile(tensors, dtype: "F32") { little($0.bitPattern) }.bytes())
        }
        #expect(try error { $0["block_c.3.layers.3.bias"] = nil }.contains("block_c.3.layers.3.bias is missing"))
        let transposed = Tensor(shape: [32, 3, 1, 1], values: [Float](repeating: 0, count: 96))
        let shape = try error { $0["out_layer.0.weight"] = transposed }
        #expect(shape.contains("out_layer.0.weight has shape [32, 3, 1, 1]") && shape.contains("[3, 32, 1, 1]"))
        for value in [Float.nan, .infinity, -.infinity] {
            let broken = Tensor(shape: [32], values: [Float](repeating: 0, count: 31) + [value])
            #expect(try error { $0["block_a.0.2.bias"] = broken }.contains("block_a.0.2.bias"))
        }
        var file = SafetensorsFile(Fixture.tensors, dtype: "F32") { little($0.bitPattern) }
        file.entries.append(.init(name: "fc.weight", dtype: "F32", shape: [0], begin: file.body.count, end: file.body.count))
        #expect(try message(file.bytes()).contains("fc.weight does not belong"))
    }

    // MARK: ONNX

    @Test func `the message for an ONNX file of another network says which tensor is missing`() throws {
        let graph = field(7, field(2, Array("graph".utf8)))
        #expect(try message([0x08, 0x07] + graph).contains("block_a.0.1.weight is missing"))
        #expect(try message([0x08, 0x07] + field(2, Array("pytorch".utf8))).contains("no graph"))
        #expect(try message([0x08, 0x07, 0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0]).contains("middle of a field"))
        #expect(try message([0x08] + [UInt8](repeating: 0xFF, count: 12)).contains("more than ten bytes"))
    }

    @Test func `an ONNX tensor that is in another file or too short is reported by name`() throws {
        func model(_ tensor: [UInt8]) -> [UInt8] {
            let weight = [0x08, 32, 0x08, 3, 0x08, 7, 0x08, 7, 0x10, 1] + field(8, Array("w".utf8)) + tensor
            let node =
                field(1, Array("x".utf8)) + field(1, Array("w".utf8)) + field(2, Array("y".utf8)) + field(4, Array("Conv".utf8))
            return [0x08, 0x07] + field(7, field(1, node) + field(5, weight))
        }
        #expect(try message(model(field(9, [0, 0, 0, 0]))).contains("block_a.0.1.weight"))
        #expect(try message(model([0x70, 1])).contains("second file"))
    }

    // MARK: Files

    @Test func `a file over the limit, a folder, a pipe and a missing file are rejected`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([UInt8](repeating: 0, count: 100), to: "big")
        #expect(throws: CheckpointError.tooLarge(bytes: 100, limit: 99)) { try CheckpointReader.read(path, limit: 99) }
        #expect(throws: CheckpointError.self) { try CheckpointReader.read(folder.path) }
        #expect(throws: CheckpointError.self) { try CheckpointReader.read("\(folder.path)/none") }
        #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        #expect(throws: CheckpointError.unreadable(reason: "it is not a regular file")) {
            try CheckpointReader.read("\(folder.path)/pipe")
        }
    }

    @Test(arguments: [
        ("<!DOCTYPE html><html>", "web page"), ("version https://git-lfs.github.com/spec/v1\noid", "git lfs"),
        ("", "only 0 bytes"), ("just some text", "match none of these"),
    ])
    func `files that are not checkpoints are explained by their first bytes`(text: String, expected: String) throws {
        #expect(try message(Array(text.utf8)).contains(expected))
    }
}
