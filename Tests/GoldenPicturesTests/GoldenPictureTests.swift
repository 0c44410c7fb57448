import GoldenPictures
import Testing

@Suite struct GoldenPictureTests {
    private func picture(_ pixels: [UInt8], revision: String = "a") -> GoldenPicture {
        GoldenPicture(style: "painted", revision: revision, pixels: pixels)
    }

    private let ramp = (0..<300).map { UInt8($0 % 200) }

    @Test func `a picture within the tolerance of the reference is right`() {
        let similar = picture(ramp.map { $0 + 1 })
        #expect(similar.fault(comparedWith: picture(ramp)) == nil)
        #expect(similar.meanDifference(from: picture(ramp)) == 1)
    }

    @Test func `a picture beyond the tolerance is wrong`() {
        let other = picture(ramp.map { $0 + 3 })
        #expect(other.fault(comparedWith: picture(ramp))?.contains("differs by 3.0 of 255") == true)
    }

    @Test func `pictures of other weights are not compared`() {
        #expect(picture(ramp.reversed()).fault(comparedWith: picture(ramp, revision: "b")) == nil)
    }

    @Test func `blank, missing and resized pictures are wrong`() {
        #expect(picture([UInt8](repeating: 9, count: 300)).fault(comparedWith: nil)?.contains("blank") == true)
        #expect(picture([]).fault(comparedWith: nil) == GoldenPicture.missing)
        #expect(picture(Array(ramp.dropLast(3))).fault(comparedWith: picture(ramp))?.contains("size") == true)
        #expect(picture([]).meanDifference(from: picture(ramp)) == 255)
    }
}
