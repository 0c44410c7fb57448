/// Stands in for the record types until those of Results are here.
package struct WindowCounts: Sendable {
    package init(requests: [String]) {}
}
/// Stands in.
package struct FailureCause: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}
