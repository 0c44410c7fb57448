import BlockingThreads
import Testing

@Suite struct ProcessorCountTests {
    @Test(arguments: [
        ("200000 100000\n", 2.0 as Double?), ("150000 100000", 1.5), ("max 100000\n", nil), ("", nil), ("0 100000", nil),
        ("x y", nil),
    ])
    func `a container's quota is read`(_ text: String, _ processors: Double?) {
        #expect(ProcessorCount.parseCgroup2(text) == processors)
    }

    @Test(arguments: [
        ("Name:\tx\nCpus_allowed_list:\t0-3,8\n", 5 as Int?), ("Cpus_allowed_list:\t1", 1), ("", nil),
        ("Cpus_allowed_list:\t3-1", nil),
    ])
    func `the processors allowed are counted`(_ status: String, _ count: Int?) {
        #expect(ProcessorCount.parseAllowed(status) == count)
    }
}
