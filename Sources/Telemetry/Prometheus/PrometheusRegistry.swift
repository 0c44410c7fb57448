package import CoreMetrics
import Synchronization

/// A backend of swift-metrics that exposes the process's metrics in Prometheus' text format.
///
/// Making a counter, a meter or a timer looks its series up under a lock; hot paths make it once and keep it. Changing a value takes a few
/// atomic operations and no lock. Dimensions become labels. A name that is in use for another type of metric, and combinations of labels
/// beyond `Limits.combinations`, are counted in `sakuga_metrics_dropped_total`.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    /// How many series are kept.
    package struct Limits: Sendable {
        /// Combinations of labels of one metric. Further ones share a series in which every label is `other`.
        package var combinations: Int
        /// Names of metrics; a histogram takes four. Metrics with further names are dropped.
        package var names: Int

        /// Creates limits.
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

    /// Creates an empty registry. `help` has sentences and `buckets` has upper bounds by the exposed names of metrics (`…_seconds` for a
    /// timer). The default buckets of a histogram depend on the unit in its name.
    package init(help: [String: String] = [:], buckets: [String: [Double]] = [:], limits: Limits = Limits()) {
        self.help = help
        self.buckets = buckets.mapValues(HistogramBuckets.ordered)
        state = Mutex(State(metrics: RegisteredMetrics(limits: limits)))
    }

    /// Calls `collector` at each exposition, from any thread, for values that are read on demand. It must return quickly. A metric whose
    /// name is registered already is left out.
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

    /// Calls `preparation` before each `scrape`, to update gauges. It must limit its own waiting.
    package func beforeScrape(_ preparation: @escaping @Sendable () async -> Void) {
        state.withLock { $0.preparations.append(preparation) }
    }

    /// The response to a scrape: the exposition after all preparations.
    package func scrape() async -> String {
        for prepare in state.withLock({ $0.preparations }) { await prepare() }
        return exposition()
    }

    /// All metrics in Prometheus' text format 0.0.4 (`text/plain; version=0.0.4; charset=utf-8`), sorted by name.
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
                help: "Metrics that share the labels \"other\" or were dropped because of a limit.",
                value: Double(dropped.load(ordering: .relaxed))))
        return exposition.text
    }

    /// The counter `label`; its name gets the suffix `_total` where it is missing.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    /// The counter `label`, the same as that of `makeCounter`.
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

    /// The histogram `label` of seconds; its name gets the suffix `_seconds` where it is missing.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(MetricName.exposed(label, suffix: "_seconds"), dimensions)
    }

    /// Removes the counter.
    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    /// Removes the counter.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }

    /// Removes the gauge.
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    /// Removes the histogram or gauge.
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    /// Removes the histogram.
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

    /// The found series; nil, and counted as dropped, when there is none. The caller then gets a series that is not exposed.
    private func counted<Series>(_ found: RegisteredMetrics.Found<Series>?) -> Series? {
        if found?.isOther ?? true { dropped.wrappingAdd(1, ordering: .relaxed) }
        return found?.series
    }
}

/// All series of a registry by their exposed names and labels.
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

    /// Whether the name is registered.
    func has(_ name: String) -> Bool { roles[name] != nil }

    /// The series of a counter; nil when the name is in use for another type or there are too many names.
    mutating func counter(_ name: String, _ labels: LabelText) -> Found<CounterSeries>? {
        guard reserve(name, .counter) else { return nil }
        return Self.find(name, labels, limit: limits.combinations, in: &counters) { CounterSeries() }
    }

    /// The series of a gauge; nil when the name is in use for another type or there are too many names.
    mutating func gauge(_ name: String, _ labels: LabelText) -> Found<GaugeSeries>? {
        guard reserve(name, .gauge) else { return nil }
        return Self.find(name, labels, limit: limits.combinations, in: &gauges) { GaugeSeries() }
    }

    /// The series of a histogram; nil when the name is in use for another type or there are too many names.
    mutating func histogram(_ name: String, _ labels: LabelText, bounds: [Double]) -> Found<HistogramSeries>? {
        guard reserve(name, .histogram) else { return nil }
        return Self.find(name, labels, limit: limits.combinations, in: &histograms) { HistogramSeries(bounds: bounds) }
    }

    /// Removes the series `handler`. A shared series stays, because others use it too.
    mutating func remove(_ handler: AnyObject) {
        switch handler {
        case let series as CounterSeries: Self.remove(series, from: &counters)
        case let series as GaugeSeries: Self.remove(series, from: &gauges)
        case let series as HistogramSeries: Self.remove(series, from: &histograms)
        default: break
        }
    }

    /// A series, and whether it is the shared one of all combinations beyond the limit.
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

    // Static, because the table is part of this value, which cannot be accessed meanwhile.
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
