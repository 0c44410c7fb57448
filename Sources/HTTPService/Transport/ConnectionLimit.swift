package import Serving
import Synchronization

/// Bounds the connections that one client has open at once, so that no one takes all that there are. It counts by
/// `IPAddress.client`; as many counts are kept as there are connections.
package final class ConnectionLimit: Sendable {
    private let limit: Int
    private let exempt: TrustedProxies
    private let taken = Mutex<[IPAddress: Int]>([:])
    private let open = Atomic(0)

    /// Those on this machine and in `exempt` may have as many as they like: behind them are many.
    package init(limit: Int, exempt: TrustedProxies) {
        self.limit = limit
        self.exempt = exempt
    }

    /// Connections that have a place, of all clients.
    package var count: Int { open.load(ordering: .relaxed) }

    /// Takes a place for a connection from `address`. False if it has too many.
    package func take(_ address: IPAddress) -> Bool {
        let isTaken =
            isExempt(address)
            || taken.withLock { taken in
                let count = taken[address.client, default: 0]
                guard count < limit else { return false }
                taken[address.client] = count + 1
                return true
            }
        if isTaken { open.add(1, ordering: .relaxed) }
        return isTaken
    }

    /// Gives a place back that was taken.
    package func release(_ address: IPAddress) {
        open.subtract(1, ordering: .relaxed)
        if isExempt(address) { return }
        taken.withLock { taken in
            let count = taken[address.client, default: 0] - 1
            taken[address.client] = count > 0 ? count : nil
        }
    }

    private func isExempt(_ address: IPAddress) -> Bool { address.isLoopback || exempt.contains(address) }
}
