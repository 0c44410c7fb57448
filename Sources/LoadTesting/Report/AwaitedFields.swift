// Stand-ins until Results/ has them.
extension LoadTestSummary {
    var total: RequestSummary { requests[0] }
}
extension TimelinePoint {
    var percentiles: [Double]? { nil }
    var minimum: Double? { nil }
    var maximum: Double? { nil }
    var meanOfAll: Double? { mean }
    var bytesReceived: Int? { nil }
    var totalMedian: Double? { nil }
}
