package import CoreMetrics
import Synchronization

/// Keeps the process's metrics, as the backend of swift-metrics, and writes them in Prometheus' text format.
///
/// Making a counter, a meter or a timer looks its series up under a lock; callers on a hot path make it once and keep it. Changing a
/// value takes a few atomic operations and no lock. Dimensions become labels. A name that is in use for another kind of metric,
/// and combinations of labels beyond `Limits.combinations`, are counted in `sakuga_metrics_dropped_total`.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    /// How much is kept.
    package struct Limits: Sendable {
        /// Combinations of labels of one metric. Later ones share the combination in which every label is `other`.
        package var combinations: Int
        /// Names of metrics; a histogram takes four. Later ones are not kept.
        package var names: Int

        /// Makes limits.
        package init(combinations: Int = 1_000, names: Int = 4_000) {
            self.combinations = max(1, combinations)
            self.names = names
        }
    }

    private struct State {
        var metrics: RegisteredMetrics
        var collectors: [@Sendable () -> [CollectedMetric]] = []
        var preparations: [@Sendable () async -> Void] = []
    }

    private static let droppedName = "sakuga_metrics_dropped_total"

    private let help: [String: String]
    private let buckets: [String: [Double]]
    private let dropped = Atomic<Int64>(0)
    private let state: Mutex<State>

    /// An empty registry. `help` has a sentence and `buckets` the upper bounds for metrics by the names under which they are exposed
    /// (`…_seconds` for a timer); without bounds of its own a histogram has those that suit the unit in its name.
    package init(help: [String: String] = [:], buckets: [String: [Double]] = [:], limits: Limits = Limits()) {
        self.help = help
        self.buckets = buckets.mapValues(HistogramBuckets.ordered)
        state = Mutex(State(metrics: RegisteredMetrics(limits: limits)))
    }

    /// Calls `collector` at each exposition, from any thread, for values that are looked up when they are asked for. It must return soon.
    /// A metric whose name is registered otherwise is left out.
    package func collect(_ collector: @escaping @Sendable () -> [CollectedMetric]) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// Exposes what `value` returns at each exposition as a gauge.
    package func gauge(
        _ name: String, help: String, labels: [(String, String)] = [], value: @escaping @Sendable () -> Double
    ) {
        collect {
            [CollectedMetric(name: name, kind: .gauge, help: help, samples: [.init(labels: labels, value: value())])]
        }
    }

    /// Calls `preparation` before each `scrape`, so that it can bring gauges up to date. It must bound its own waiting.
    package func beforeScrape(_ preparation: @escaping @Sendable () async -> Void) {
        state.withLock { $0.preparations.append(preparation) }
    }

    /// The answer to a scrape: the exposition after all preparations.
    package func scrape() async -> String {
        for prepare in state.withLock({ $0.preparations }) { await prepare() }
        return exposition()
    }

    /// All metrics in Prometheus' text format 0.0.4 (`text/plain; version=0.0.4; charset=utf-8`), in the order of their names.
    package func exposition() -> String {
        let (metrics, collectors) = state.withLock { ($0.metrics, $0.collectors) }
        var exposition = Exposition(help: help)
        exposition.add(metrics)
        for collect in collectors {
            for metric in collect() where !metrics.has(MetricName.exposed(metric.name)) { exposition.add(metric) }
        }
        exposition.add(
            CollectedMetric(
                name: Self.droppedName, kind: .counter,
                help: "Metrics asked for that share the labels \"other\", or were not kept, because of a bound.",
                value: Double(dropped.load(ordering: .relaxed))))
        return exposition.text
    }

    /// The counter `label`; `_total` is added to its name where it is missing.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    /// The counter `label`, the same one as `makeCounter` has.
    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    /// The gauge `label`.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// The histogram `label` if it aggregates, else the gauge.
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? histogram(MetricName.exposed(label), dimensions) : gauge(label, dimensions)
    }

    /// The histogram `label` of seconds; `_seconds` is added to its name where it is missing.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(MetricName.exposed(label, suffix: "_seconds"), dimensions)
    }

    /// Forgets the counter.
    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    /// Forgets the counter.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }

    /// Forgets the gauge.
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    /// Forgets the histogram or gauge.
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    /// Forgets the histogram.
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func remove(_ handler: some AnyObject & Sendable) {
        state.withLock { $0.metrics.remove(handler) }
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        let name = MetricName.exposed(label, suffix: "_total"), labels = LabelText(dimensions)
        return counted(state.withLock { $0.metrics.counter(name, labels) }) ?? CounterSeries()
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        let name = MetricName.exposed(label), labels = LabelText(dimensions)
        return counted(state.withLock { $0.metrics.gauge(name, labels) }) ?? GaugeSeries()
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        let labels = LabelText(dimensions), bounds = buckets[name] ?? HistogramBuckets.standard(for: name)
        return counted(state.withLock { $0.metrics.histogram(name, labels, bounds: bounds) }) ?? HistogramSeries(bounds: bounds)
    }

    /// The series that was found. Without one the caller gets a series that nobody reads.
    private func counted<Series>(_ found: RegisteredMetrics.Found<Series>?) -> Series? {
        if found?.isOther ?? true { dropped.wrappingAdd(1, ordering: .relaxed) }
        return found?.series
    }
}

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
