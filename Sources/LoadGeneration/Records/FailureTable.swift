/// Failures counted by cause, with one sample each; bounded, so that no server can fill the memory.
package struct FailureTable: Sendable {
    /// The failures of one cause. Times are nanoseconds of the monotonic clock.
    package struct Group: Sendable {
        /// How often it happened.
        package var count: Int
        /// The detail of one of them: an error's text, the first bytes of a body, the request's id.
        package var sample: String?
        /// When it was first seen.
        package var firstSeen: UInt64
        /// When it was last seen.
        package var lastSeen: UInt64
    }

    /// The most causes; further ones count as `FailureCause.others`.
    package static let maximumCauses = 64
    /// The most bytes of a sample.
    package static let maximumSampleBytes = 512

    /// By cause.
    package private(set) var groups: [FailureCause: Group] = [:]

    /// Makes an empty table.
    package init() {}

    /// How many failures there were.
    package var count: Int { groups.values.reduce(0) { $0 + $1.count } }

    /// Counts a failure at `time`. `sample` is only evaluated when its cause is new.
    package mutating func add(_ cause: FailureCause, at time: UInt64, sample: () -> String?) {
        let cause = place(of: cause)
        if groups[cause] == nil {
            let sample = sample().map { String(decoding: $0.utf8.prefix(Self.maximumSampleBytes), as: UTF8.self) }
            groups[cause] = Group(count: 0, sample: sample, firstSeen: time, lastSeen: time)
        }
        groups[cause]?.count += 1
        groups[cause]?.lastSeen = time
    }

    /// Adds all that `other` has.
    package mutating func merge(_ other: FailureTable) {
        for (cause, group) in other.groups {
            let cause = place(of: cause)
            guard let mine = groups[cause] else {
                groups[cause] = group
                continue
            }
            groups[cause] = Group(
                count: mine.count + group.count, sample: mine.sample ?? group.sample,
                firstSeen: min(mine.firstSeen, group.firstSeen), lastSeen: max(mine.lastSeen, group.lastSeen))
        }
    }

    private func place(of cause: FailureCause) -> FailureCause {
        groups[cause] != nil || groups.count < Self.maximumCauses ? cause : .others
    }
}
