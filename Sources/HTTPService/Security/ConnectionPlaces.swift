package import Serving
import Synchronization

/// Bounds the connections that one client has open at once, so that no one takes all that there are. It counts by
/// `IPAddress.client`; as many counts are kept as there are connections.
package final class ConnectionPlaces: Sendable {
    private let limit: Int
    private let exempt: TrustedProxies
    private let taken = Mutex<[IPAddress: Int]>([:])

    /// Those on this machine and in `exempt` may have as many as they like: behind them are many.
    package init(limit: Int, exempt: TrustedProxies) {
        self.limit = limit
        self.exempt = exempt
    }

    /// Takes a place for a connection from `address`. False if it has too many.
    package func take(_ address: IPAddress) -> Bool {
        if isExempt(address) { return true }
        return taken.withLock { taken in
            let count = taken[address.client, default: 0]
            guard count < limit else { return false }
            taken[address.client] = count + 1
            return true
        }
    }

    /// Gives a place back that was taken.
    package func giveBack(_ address: IPAddress) {
        if isExempt(address) { return }
        taken.withLock { taken in
            let count = taken[address.client, default: 0] - 1
            taken[address.client] = count > 0 ? count : nil
        }
    }

    private func isExempt(_ address: IPAddress) -> Bool { address.isLoopback || exempt.contains(address) }
}
