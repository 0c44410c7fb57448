import JobQueue

/// Pictures by key up to a number of bytes; what was used least recently goes first. Every operation takes constant time.
struct RecentlyUsed {
    private struct Entry {
        var key: ResultCache.Key
        var result: JobResult
        /// Neighbours in the order of use, as indices; `none` at the ends.
        var newer: Int
        var older: Int
    }

    private static let none = -1
    /// What an entry takes beside its picture, roughly.
    private static let overhead = 256

    private let limit: Int
    private var places: [ResultCache.Key: Int] = [:]
    private var entries: [Entry] = []
    private var free: [Int] = []
    private var newest = none
    private var oldest = none
    private(set) var bytes = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { places.count }

    /// The picture, which is now the one used last.
    mutating func use(_ key: ResultCache.Key) -> JobResult? {
        guard let place = places[key] else { return nil }
        unlink(place)
        linkAsNewest(place)
        return entries[place].result
    }

    /// Keeps a picture, in place of what was kept under the key. One that is larger than the limit is not kept.
    mutating func insert(_ result: JobResult, for key: ResultCache.Key) {
        if let place = places[key] { remove(place) }
        let size = Self.size(of: result)
        guard size <= limit else { return }
        while bytes + size > limit, oldest != Self.none { remove(oldest) }
        let entry = Entry(key: key, result: result, newer: Self.none, older: Self.none)
        let place: Int
        if let reused = free.popLast() {
            entries[reused] = entry
            place = reused
        } else {
            entries.append(entry)
            place = entries.count - 1
        }
        places[key] = place
        bytes += size
        linkAsNewest(place)
    }

    private mutating func remove(_ place: Int) {
        unlink(place)
        bytes -= Self.size(of: entries[place].result)
        places[entries[place].key] = nil
        entries[place].result.bytes = []
        free.append(place)
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (entries[place].newer, entries[place].older)
        if newer == Self.none { newest = older } else { entries[newer].older = older }
        if older == Self.none { oldest = newer } else { entries[older].newer = newer }
    }

    private mutating func linkAsNewest(_ place: Int) {
        entries[place].newer = Self.none
        entries[place].older = newest
        if newest != Self.none { entries[newest].newer = place }
        newest = place
        if oldest == Self.none { oldest = place }
    }

    private static func size(of result: JobResult) -> Int { result.bytes.count + overhead }
}
