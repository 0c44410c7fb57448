package import Foundation
import Synchronization

/// The latest errors, for the console.
package final class RecentErrors: Sendable {
    /// One request that failed.
    package struct Entry: Sendable, Equatable, Codable {
        /// When the response was sent.
        package var time: Date
        /// The route's name, such as `/v1/jobs/{id}`.
        package var route: String
        /// The HTTP status.
        package var status: Int
        /// What the client was told; truncated after 300 characters.
        package var message: String
        /// The request's id in the log.
        package var requestID: String
    }

    private static let longestMessage = 300

    private let limit: Int
    private let entries = Mutex<[Entry]>([])

    /// Keeps the latest `limit` errors.
    package init(limit: Int = 50) {
        self.limit = max(1, limit)
    }

    /// A request failed.
    package func record(route: String, status: Int, message: String, requestID: String = "", at time: Date = Date()) {
        let entry = Entry(
            time: time, route: route, status: status, message: String(message.prefix(Self.longestMessage)), requestID: requestID)
        entries.withLock { entries in
            if entries.count == limit { entries.removeFirst() }
            entries.append(entry)
        }
    }

    /// The errors, the latest first.
    package var latest: [Entry] { entries.withLock { $0.reversed() } }
}
