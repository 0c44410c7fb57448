/// A metric whose values are looked up when they are asked for.
package struct CollectedMetric: Sendable {
    /// One value with its labels.
    package struct Sample: Sendable {
        /// Label names and values.
        package var labels: [(String, String)]
        /// The value at this moment.
        package var value: Double

        /// Makes a sample.
        package init(labels: [(String, String)] = [], value: Double) {
            self.labels = labels
            self.value = value
        }
    }

    /// The full name, as it is exposed.
    package var name: String
    /// A counter or a gauge; histograms can't be collected, and are left out.
    package var kind: MetricKind
    /// One sentence about it.
    package var help: String
    /// Its values.
    package var samples: [Sample]

    /// Makes a metric.
    package init(name: String, kind: MetricKind, help: String, samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// Makes a metric with one value and no labels.
    package init(name: String, kind: MetricKind, help: String, value: Double) {
        self.init(name: name, kind: kind, help: help, samples: [Sample(value: value)])
    }
}
