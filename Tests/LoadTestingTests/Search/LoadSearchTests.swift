import LoadGeneration
import LoadTesting
import Testing

struct LoadSearchTests {
    /// A service that holds up to `limit`, and errs one time in `noise` beside it.
    private func search(_ plan: LoadSearchPlan, limit: Double, noise: Double = 0, seed: UInt64 = 1) async -> SearchSummary {
        var search = LoadSearch(plan), random = SeededRandom(seed: seed)
        return await search.run { load in
            // Near the limit chance decides more often than far from it.
            let distance = abs(load - limit) / limit
            let errs = random.unit() < noise * max(0, 1 - 4 * distance)
            return ((load <= limit) != errs ? .passed : .failed, min(load, limit))
        }
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 63, 64, 65, 100, 777, 5000]) func `the highest passing number of users is found`(
        limit: Int
    ) async {
        let plan = LoadSearchPlan(start: 5, precision: 0.001, repeats: 1)
        let result = await search(plan, limit: Double(limit))
        #expect(result.outcome == .found)
        let low = result.highestPassing ?? 0, high = result.lowestFailing ?? 0
        #expect(Int(low) <= limit && Int(high) > limit)
        #expect(high - low <= max(1, 0.001 * high))
    }

    @Test func `the search stops at its precision`() async {
        let result = await search(LoadSearchPlan(start: 1, precision: 0.1, repeats: 1), limit: 1000)
        let low = result.highestPassing ?? 0, high = result.lowestFailing ?? 1
        #expect(low <= 1000 && high > 1000 && high - low <= 0.1 * high)
        #expect(result.probes.count <= 11 + 5)
    }

    @Test func `rates need not be whole`() async {
        let result = await search(LoadSearchPlan(start: 4, lowest: 0.1, precision: 0.01, isWhole: false, repeats: 1), limit: 7.77)
        #expect(abs((result.highestPassing ?? 0) - 7.77) < 0.1 && result.unit == "rate")
    }

    @Test func `a start that fails is halved`() async {
        let result = await search(LoadSearchPlan(start: 800, repeats: 1), limit: 13)
        #expect(result.outcome == .found && result.highestPassing == 13)
    }

    @Test func `where nothing holds or all does it says so`() async {
        let nothing = await search(LoadSearchPlan(start: 10, lowest: 2, repeats: 1), limit: 1)
        #expect(nothing.outcome == .nothingHolds && nothing.conclusion == "The objectives are missed even at 2 users.")
        let all = await search(LoadSearchPlan(start: 10, highest: 50, repeats: 1), limit: 60)
        #expect(all.outcome == .limitHolds && all.highestPassing == 50)
    }

    @Test func `repeats reduce the effect of chance`() async {
        for seed in 1...20 as ClosedRange<UInt64> {
            let result = await search(LoadSearchPlan(start: 5, precision: 0.05, repeats: 5), limit: 100, noise: 0.3, seed: seed)
            let found = result.highestPassing ?? 0
            #expect((80...120).contains(found), "seed \(seed): \(found)")
        }
    }

    @Test func `it ends after the allowed number of trials`() async {
        let result = await search(LoadSearchPlan(start: 1, highest: 1e9, repeats: 3, maximumProbes: 7), limit: 1e8)
        #expect(result.probes.count == 7 && result.outcome == .imprecise)
        #expect(result.conclusion.hasPrefix("After 7 trials"))
    }

    @Test func `trials with too few requests fail, and the conclusion says so`() {
        var search = LoadSearch(LoadSearchPlan(start: 1, repeats: 1))
        search.record(.unproven, throughput: 1)
        #expect(search.next == nil && search.summary.outcome == .nothingHolds)
        #expect(
            search.summary.conclusion.hasSuffix("1 of the trials had too few requests to prove it; make them longer."))
    }

    @Test func `two of three decide without a third`() {
        var search = LoadSearch(LoadSearchPlan(start: 8, repeats: 3))
        search.record(.passed, throughput: 8)
        #expect(search.next == 8)
        search.record(.passed, throughput: 9)
        #expect(search.next == 16)
        for verdict: Verdict in [.failed, .passed, .failed] { search.record(verdict, throughput: 10) }
        #expect(search.next == 12 && search.lowestFailing == 16 && search.summary.throughput == 8.5)
    }

    @Test func `values out of range are corrected`() {
        let plan = LoadSearchPlan(start: -5, lowest: 0, highest: -1, precision: 9, repeats: 0, maximumProbes: 0)
        #expect(plan.start == 1 && plan.lowest == 1 && plan.highest == 1 && plan.precision == 0.5 && plan.repeats == 1)
    }
}
