package import Serving
import Synchronization

/// Limits the open connections of each client, so that none can occupy the whole service. Clients are told apart by `IPAddress.client`.
package final class ConnectionLimit: Sendable {
    private let limit: Int
    private let exempt: TrustedProxies
    private let counts = Mutex<[IPAddress: Int]>([:])
    private let total = Atomic(0)

    /// Loopback addresses and those in `exempt` are not limited, because many clients connect through them.
    package init(limit: Int, exempt: TrustedProxies) {
        self.limit = limit
        self.exempt = exempt
    }

    /// The number of open connections of all clients.
    package var count: Int { total.load(ordering: .relaxed) }

    /// Counts a connection from `address`. False if the client has too many.
    package func acquire(_ address: IPAddress) -> Bool {
        let isAllowed =
            isExempt(address)
            || counts.withLock { counts in
                let count = counts[address.client, default: 0]
                guard count < limit else { return false }
                counts[address.client] = count + 1
                return true
            }
        if isAllowed { total.add(1, ordering: .relaxed) }
        return isAllowed
    }

    /// A connection that was counted has been closed.
    package func release(_ address: IPAddress) {
        total.subtract(1, ordering: .relaxed)
        if isExempt(address) { return }
        counts.withLock { counts in
            let count = counts[address.client, default: 0] - 1
            counts[address.client] = count > 0 ? count : nil
        }
    }

    private func isExempt(_ address: IPAddress) -> Bool { address.isLoopback || exempt.contains(address) }
}
