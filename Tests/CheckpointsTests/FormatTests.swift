import AnimeGAN
import Checkpoints
import Testing

@Suite struct FormatTests {
    @Test(arguments: [
        ("torch-state-dict.pt", CheckpointFormat.torchZip), ("torch-strided-wrapped.pt", .torchZip), ("torch-half.pt", .torchZip),
        ("torch-bfloat-parameters.pt", .torchZip), ("torch-protocol4.pt", .torchZip), ("torch-legacy.pth", .torchLegacy),
    ])
    func `files of PyTorch are read bit for bit`(name: String, format: CheckpointFormat) throws {
        let checkpoint = try CheckpointReader.read(bytes: Fixture.bytes(name))
        #expect(checkpoint.format == format)
        #expect(checkpoint.convention == nil)
        #expect(Fixture.equal(checkpoint.weights))
    }

    @Test(arguments: [
        ("export-named.onnx", BilinearConvention.alignCorners), ("export-folded.onnx", .alignCorners),
        ("export-dynamo.onnx", .halfPixel),
    ])
    func `ONNX exports of PyTorch are read bit for bit, with norms and convention`(
        name: String, convention: BilinearConvention
    ) throws {
        let checkpoint = try CheckpointReader.read(bytes: Fixture.bytes(name))
        #expect(checkpoint.format == .onnx)
        #expect(checkpoint.convention == convention)
        #expect(Fixture.equal(checkpoint.weights))
    }

    @Test(arguments: [SafetensorsWriter.Precision.float32, .float16], BilinearConvention.allCases)
    func `safetensors are read as they were written`(
        precision: SafetensorsWriter.Precision, convention: BilinearConvention
    ) throws {
        let bytes = try SafetensorsWriter.encode(
            Fixture.weights(), precision: precision, convention: convention, metadata: ["name": "测试"])
        let checkpoint = try CheckpointReader.read(bytes: bytes)
        #expect(checkpoint.format == .safetensors)
        #expect(checkpoint.convention == convention)
        #expect(checkpoint.metadata["name"] == "测试")
        #expect(Fixture.equal(checkpoint.weights))
    }

    @Test func `bfloat16 safetensors are read`() throws {
        let file = SafetensorsFile(Fixture.tensors, dtype: "BF16") { value in
            let bits = UInt16(value.bitPattern >> 16)
            return [UInt8(bits & 0xFF), UInt8(bits >> 8)]
        }
        #expect(Fixture.equal(try CheckpointReader.read(bytes: file.bytes()).weights))
    }

    @Test func `half precision is used only if it is lossless`() throws {
        #expect(SafetensorsWriter.losslessPrecision(for: try Fixture.weights()) == .float16)
        var tensors = Fixture.tensors
        tensors["out_layer.0.weight"] = Tensor(shape: [3, 32, 1, 1], values: [Float](repeating: 0.1, count: 96))
        #expect(SafetensorsWriter.losslessPrecision(for: try Weights(tensors)) == .float32)
    }

    @Test func `half precision rounds to nearest even, including subnormals, and rejects overflow`() throws {
        let samples: [(Float, Float)] = [
            (1, 1), (-0.1, -0.099975586), (65_504, 65_504), (65_519, 65_504), (6.0e-8, 5.9604645e-8), (2.9e-8, 0),
            (1.00048828125, 1), (1.00146484375, 1.001953125), (6.1e-5, 6.0975552e-5),
        ]
        var tensors = Fixture.tensors
        var values = [Float](repeating: 0, count: 96)
        for (index, sample) in samples.enumerated() { values[index] = sample.0 }
        tensors["out_layer.0.weight"] = Tensor(shape: [3, 32, 1, 1], values: values)
        let bytes = try SafetensorsWriter.encode(Weights(tensors), precision: .float16, convention: .halfPixel)
        let read = try CheckpointReader.read(bytes: bytes).weights["out_layer.0.weight"]
        for (index, sample) in samples.enumerated() { #expect(read.values[index] == sample.1) }

        values[0] = 65_520
        tensors["out_layer.0.weight"] = Tensor(shape: [3, 32, 1, 1], values: values)
        let error = try #require(throws: CheckpointError.self) {
            try SafetensorsWriter.encode(Weights(tensors), precision: .float16, convention: .halfPixel)
        }
        #expect(error.description.contains("out_layer.0.weight"))
    }
}
