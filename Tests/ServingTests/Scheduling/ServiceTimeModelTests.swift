import Serving
import Testing

@Suite struct ServiceTimeModelTests {
    private let sizes = [256 * 256, 512 * 512, 1024 * 768, 1024 * 1024]

    /// Measured on one machine: core-seconds with decoding and encoding.
    private func real(_ pixels: Int) -> Double { 0.02 + 1.36 * Double(pixels) / 1e6 }

    private func isNear(_ value: Double, _ expected: Double, within part: Double) -> Bool {
        abs(value - expected) <= part * expected
    }

    @Test func `a new model has defaults that grow with the picture, and has not measured`() {
        let model = ServiceTimeModel()
        #expect(!model.hasMeasured)
        #expect(isNear(model.coreSeconds(pixels: 512 * 512), 0.37, within: 0.2))
        #expect(model.coreSeconds(pixels: 0) > 0)
        #expect(model.coreSeconds(pixels: 256 * 256) < model.coreSeconds(pixels: 512 * 512))
    }

    @Test func `the first measurement replaces the default, however far off it was`() {
        for factor in [0.02, 1, 50] {
            var model = ServiceTimeModel()
            model.observe(pixels: 512 * 512, coreSeconds: 0.37 * factor)
            #expect(model.hasMeasured)
            #expect(isNear(model.coreSeconds(pixels: 512 * 512), 0.37 * factor, within: 1e-9))
            #expect(isNear(model.coreSeconds(pixels: 1024 * 1024), 1.43 * factor, within: 0.1))
        }
    }

    @Test func `jobs of one size predict the other sizes by the usual proportion`() {
        var model = ServiceTimeModel()
        for _ in 0..<50 { model.observe(pixels: 512 * 512, coreSeconds: real(512 * 512)) }
        for size in sizes { #expect(isNear(model.coreSeconds(pixels: size), real(size), within: 0.06)) }
    }

    @Test func `mixed sizes separate the two parts, whether the fixed part is small, large or everything`() {
        for fixed in [0, 0.02, 0.4, 2] {
            let slope = fixed == 2 ? 0 : 1.3
            var model = ServiceTimeModel()
            for round in 0..<80 {
                let size = sizes[round % sizes.count]
                model.observe(pixels: size, coreSeconds: fixed + slope * Double(size) / 1e6)
            }
            #expect(model.fixed >= 0)
            #expect(model.perMegapixel >= 0)
            for size in sizes {
                let expected = fixed + slope * Double(size) / 1e6
                #expect(isNear(model.coreSeconds(pixels: size), expected, within: 0.1), "fixed \(fixed), \(size) pixels")
            }
        }
    }

    @Test func `costs that fall with the size give neither part a negative value`() {
        var model = ServiceTimeModel()
        for round in 0..<40 {
            model.observe(pixels: sizes[round % 2 * 3], coreSeconds: round % 2 == 0 ? 1 : 0.2)
        }
        #expect(model.fixed >= 0)
        #expect(model.perMegapixel >= 0)
        for size in sizes { #expect(model.coreSeconds(pixels: size) > 0) }
    }

    @Test func `one absurd measurement moves the estimate little`() {
        var model = ServiceTimeModel()
        for _ in 0..<30 { model.observe(pixels: 512 * 512, coreSeconds: 0.37) }
        model.observe(pixels: 512 * 512, coreSeconds: 3600)
        #expect(model.coreSeconds(pixels: 512 * 512) < 0.37 * 1.25)
        for absurd in [Double.nan, .infinity, 0, -1] { model.observe(pixels: 512 * 512, coreSeconds: absurd) }
        model.observe(pixels: 0, coreSeconds: 1)
        #expect(model.coreSeconds(pixels: 512 * 512) < 0.37 * 1.25)
    }

    @Test func `a machine that becomes ten times slower is followed`() {
        var model = ServiceTimeModel()
        for _ in 0..<100 { model.observe(pixels: 512 * 512, coreSeconds: 0.37) }
        for _ in 0..<100 { model.observe(pixels: 512 * 512, coreSeconds: 3.7) }
        #expect(isNear(model.coreSeconds(pixels: 512 * 512), 3.7, within: 0.05))
    }

    @Test func `a few runs on a full machine outweigh many that had all cores`() {
        var model = ServiceTimeModel()
        for _ in 0..<100 { model.observe(pixels: 512 * 512, coreSeconds: 0.74, fullness: 1.0 / 16) }
        #expect(isNear(model.coreSeconds(pixels: 512 * 512), 0.74, within: 0.01))
        for _ in 0..<5 { model.observe(pixels: 512 * 512, coreSeconds: 0.37, fullness: 1) }
        #expect(isNear(model.coreSeconds(pixels: 512 * 512), 0.37, within: 0.25))
    }
}
