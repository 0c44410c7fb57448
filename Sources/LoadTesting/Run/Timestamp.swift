package import Foundation
import NIOCore

/// A point in time on two clocks: the monotonic one, for measuring, and the calendar, for people.
package struct Timestamp: Sendable, Equatable {
    /// Nanoseconds of the monotonic clock, the one of the generator's records.
    package var uptime: UInt64
    /// The time of day.
    package var date: Date

    /// The readings of both clocks.
    package init(uptime: UInt64, date: Date) {
        self.uptime = uptime
        self.date = date
    }

    /// Now.
    package static var now: Timestamp { Timestamp(uptime: NIODeadline.now().uptimeNanoseconds, date: Date()) }

    /// Seconds since an earlier timestamp.
    package func seconds(since earlier: Timestamp) -> Double {
        uptime >= earlier.uptime ? Double(uptime - earlier.uptime) / 1e9 : 0
    }

    /// The time that is `seconds` later.
    package func adding(_ seconds: Double) -> Timestamp {
        Timestamp(uptime: uptime + UInt64(max(0, seconds) * 1e9), date: date + max(0, seconds))
    }
}

extension Timestamp {
    /// Seconds of the monotonic clock.
    var uptimeSeconds: Double { Double(uptime) / 1e9 }
}
