// Stand-ins until Results/ has them; delete this file then.
package struct LoadTestSummary: Sendable {}
package struct StepSummary: Sendable {}
