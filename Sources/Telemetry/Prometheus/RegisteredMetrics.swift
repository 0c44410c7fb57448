/// All series of a registry by the names and labels that they are exposed under.
struct RegisteredMetrics {
    typealias Table<Series> = [String: [String: Series]]

    private enum Role: Equatable {
        case metric(MetricKind)
        /// `x_bucket`, `x_sum` or `x_count` of a histogram `x`.
        case part
    }

    let limits: PrometheusRegistry.Limits
    private(set) var counters: Table<CounterSeries> = [:]
    private(set) var gauges: Table<GaugeSeries> = [:]
    private(set) var histograms: Table<HistogramSeries> = [:]
    private var roles: [String: Role] = [:]

    init(limits: PrometheusRegistry.Limits) {
        self.limits = limits
    }

    /// Whether something was registered under the name.
    func has(_ name: String) -> Bool { roles[name] != nil }

    /// The series of a counter; nil when the name stands for something else or there are too many names.
    mutating func counter(_ name: String, _ labels: LabelText) -> Found<CounterSeries>? {
        guard reserve(name, .counter) else { return nil }
        return Self.find(name, labels, limit: limits.combinations, in: &counters) { CounterSeries() }
    }

    /// The series of a gauge; nil when the name stands for something else or there are too many names.
    mutating func gauge(_ name: String, _ labels: LabelText) -> Found<GaugeSeries>? {
        guard reserve(name, .gauge) else { return nil }
        return Self.find(name, labels, limit: limits.combinations, in: &gauges) { GaugeSeries() }
    }

    /// The series of a histogram; nil when the name stands for something else or there are too many names.
    mutating func histogram(_ name: String, _ labels: LabelText, bounds: [Double]) -> Found<HistogramSeries>? {
        guard reserve(name, .histogram) else { return nil }
        return Self.find(name, labels, limit: limits.combinations, in: &histograms) { HistogramSeries(bounds: bounds) }
    }

    /// Forgets the series that is `handler`. What stands for the combinations beyond the bound stays: others use it too.
    mutating func remove(_ handler: AnyObject) {
        switch handler {
        case let series as CounterSeries: Self.remove(series, from: &counters)
        case let series as GaugeSeries: Self.remove(series, from: &gauges)
        case let series as HistogramSeries: Self.remove(series, from: &histograms)
        default: break
        }
    }

    /// A series, and whether it is the one that stands for the combinations beyond the bound.
    struct Found<Series> {
        var series: Series
        var isOther: Bool
    }

    private mutating func reserve(_ name: String, _ kind: MetricKind) -> Bool {
        if let known = roles[name] { return known == .metric(kind) }
        let parts = kind == .histogram ? ["_bucket", "_sum", "_count"].map { name + $0 } : []
        guard roles.count < limits.names, !parts.contains(where: has) else { return false }
        roles[name] = .metric(kind)
        for part in parts { roles[part] = .part }
        return true
    }

    // Static, because the table is a part of this value, which can't be read meanwhile.
    private static func find<Series>(
        _ name: String, _ labels: LabelText, limit: Int, in table: inout Table<Series>, make: () -> Series
    ) -> Found<Series> {
        if let known = table[name]?[labels.text] { return Found(series: known, isOther: false) }
        let isOther = (table[name]?.count ?? 0) >= limit
        let key = isOther ? labels.other : labels.text
        let series = table[name]?[key] ?? make()
        table[name, default: [:]][key] = series
        return Found(series: series, isOther: isOther)
    }

    private static func remove<Series: AnyObject>(_ series: Series, from table: inout Table<Series>) {
        for (name, all) in table {
            guard let key = all.first(where: { $0.value === series })?.key, !LabelText.isOther(key) else { continue }
            table[name]?[key] = nil
        }
    }
}
