/// One value for each of the two lines.
package struct PerLine<Value> {
    /// The value for the direct line.
    package var direct: Value
    /// The value for the queued line.
    package var queued: Value

    /// Makes a pair.
    package init(direct: Value, queued: Value) {
        self.direct = direct
        self.queued = queued
    }

    /// The value for `line`.
    package subscript(line: JobTerms.Line) -> Value {
        get { line == .direct ? direct : queued }
        set { if line == .direct { direct = newValue } else { queued = newValue } }
    }
}

extension PerLine: Sendable where Value: Sendable {}
extension PerLine: Equatable where Value: Equatable {}

extension JobTerms.Line {
    /// The line that is not this one.
    var other: Self { self == .direct ? .queued : .direct }
}
