import TerminalProgress
import Testing

@Suite struct TerminalProgressTests {
    @Test func `a progress line has a bar, a rate and the remaining time`() {
        let text = ProgressLine.text(done: 8, total: 20, noun: "pictures", elapsed: 3.2)
        #expect(text == "████████░░░░░░░░░░░░  40 %  8/20 pictures  2.5/s  5 s left")
    }

    @Test func `before the first step there is no rate`() {
        #expect(ProgressLine.text(done: 0, total: 2, noun: "pictures", elapsed: 1).hasSuffix("0 %  0/2 pictures"))
    }

    @Test(arguments: [(4.2, "5 s"), (200, "3 min 20 s"), (7_500, "2 h 5 min")])
    func `durations have one or two units`(seconds: Double, text: String) { #expect(ProgressLine.duration(seconds) == text) }

    @Test func `a download's bar has amount, rate and remaining time`() {
        let amount = DownloadProgress.Amount(received: 4_000_000, total: 8_000_000, resumedFrom: 2_000_000)
        let bar = DownloadProgress.bar("paprika", amount, seconds: 2)
        #expect(bar == "paprika [===============               ] 4.0 of 8.0 MB, 1.0 MB/s, 4 s left")
    }

    @Test func `without a total there is no bar`() {
        let amount = DownloadProgress.Amount(received: 500_000, total: nil, resumedFrom: 0)
        #expect(DownloadProgress.bar("paprika", amount, seconds: 1) == "paprika 0.5 MB, 0.5 MB/s")
    }
}
