import LoadGeneration
import LoadTestFixtures
import LoadTesting
import Testing

struct BatchMeansTests {
    @Test func `few batches claim nothing`() {
        #expect(BatchMeans.interval([1, 2, 3, 4]) == nil)
        #expect(BatchMeans.interval([]) == nil)
    }

    @Test func `five batches give Student's interval`() throws {
        let interval = try #require(BatchMeans.interval([8, 9, 10, 11, 12]))
        // t = 2.776 with 4 degrees of freedom, s = √2.5.
        #expect(abs(interval.upper - 11.963) < 0.01 && abs(interval.lower - 8.037) < 0.01)
    }

    @Test(arguments: [5, 10, 20]) func `the interval contains the true mean 19 times in 20`(batches: Int) throws {
        var random = SeededRandom(seed: UInt64(batches))
        var held = 0
        for _ in 0..<1000 {
            let interval = try #require(BatchMeans.interval((0..<batches).map { _ in 5 + random.normal() }))
            if interval.lower <= 5, interval.upper >= 5 { held += 1 }
        }
        #expect((925...972).contains(held), "\(held) of 1000")
    }

    @Test func `independent requests are not inflated, and requests that come in bursts are`() {
        var random = SeededRandom(seed: 5)
        let independent = (0..<20).map { _ in (count: 200, above: (0..<200).count { _ in random.unit() < 0.05 }) }
        #expect(BatchMeans.inflation(quantile: 0.95, batches: independent) < 2)
        // All the slow ones in one batch.
        let bursts = (0..<20).map { (count: 200, above: $0 == 7 ? 200 : 0) }
        #expect(BatchMeans.inflation(quantile: 0.95, batches: bursts) > 100)
    }
}
