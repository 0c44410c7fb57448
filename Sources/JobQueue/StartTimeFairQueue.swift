/// The order of waiting jobs: clients share the workers by start-time fair queueing.
///
/// Each job has a start tag, and jobs run in the order of their tags. A client's next job gets a tag `quantum` behind the client's
/// last one, whether that one still waits or has run; a new client's job gets a tag just behind the virtual time, which is the
/// largest tag that has been started. So a client's thousand jobs lie far apart, and another client's first job runs before nearly
/// all of them. New clients move the virtual time on, so the thousandth job is reached, too.
package struct StartTimeFairQueue: Sendable {
    /// A job's rank. A job keeps its tag when a worker releases it, and then runs before all later jobs of its client.
    package struct Tag: Sendable, Hashable, Comparable {
        /// Jobs run in the order of their start tags.
        package var start: Int
        /// Breaks ties: the order of arrival.
        package var sequence: Int

        package static func < (one: Tag, other: Tag) -> Bool {
            (one.start, one.sequence) < (other.start, other.sequence)
        }
    }

    private struct Entry {
        var tag: Tag
        var id: JobID
    }

    // Sorted arrays: the queue has some hundred to some thousand entries, and moving so little memory costs less than a tree.
    private var entries: [Entry] = []
    private var waitingTags: [String: [Int]] = [:]
    /// The largest start tag of each client; tags that no longer make a difference are dropped.
    private var lastTags: [String: Int] = [:]
    private var virtualTime = 0
    private var lastSequence = 0

    /// The distance between two start tags of one client.
    package static let quantum = 8

    /// Makes an empty queue.
    package init() {}

    /// Jobs that wait.
    package var count: Int { entries.count }

    /// The waiting jobs, the next one first.
    package var ids: some Sequence<JobID> { entries.lazy.map(\.id) }

    /// Adds a new job of `client` and returns its tag.
    package mutating func enqueue(_ id: JobID, of client: String) -> Tag {
        lastSequence += 1
        let start = max(virtualTime + 1, lastTags[client].map { $0 + Self.quantum } ?? 0)
        let tag = Tag(start: start, sequence: lastSequence)
        requeue(id, of: client, with: tag)
        return tag
    }

    /// Puts a job back under the tag that it had.
    package mutating func requeue(_ id: JobID, of client: String, with tag: Tag) {
        entries.insert(Entry(tag: tag, id: id), at: entries.partitioningIndex { $0.tag < tag })
        let index = waitingTags[client, default: []].partitioningIndex { $0 < tag.start }
        waitingTags[client, default: []].insert(tag.start, at: index)
        lastTags[client] = max(lastTags[client] ?? 0, tag.start)
    }

    /// Removes a waiting job that will not run. Where it was the client's last one, its tag is free again.
    package mutating func withdraw(_ tag: Tag, of client: String) {
        remove(tag, of: client)
        if lastTags[client] == tag.start {
            lastTags[client] = max(waitingTags[client]?.last ?? 0, tag.start - Self.quantum)
        }
        dropOldTags()
    }

    /// Removes a waiting job because it starts: the virtual time moves on to its tag.
    package mutating func start(_ tag: Tag, of client: String) {
        remove(tag, of: client)
        virtualTime = max(virtualTime, tag.start)
        dropOldTags()
    }

    /// How many jobs run before the one with this tag, plus one: 1 is next.
    package func position(of tag: Tag) -> Int {
        entries.partitioningIndex { $0.tag < tag } + 1
    }

    private mutating func remove(_ tag: Tag, of client: String) {
        entries.remove(at: entries.partitioningIndex { $0.tag < tag })
        guard let index = waitingTags[client]?.partitioningIndex(where: { $0 < tag.start }) else { return }
        waitingTags[client]?.remove(at: index)
        if waitingTags[client]?.isEmpty == true { waitingTags[client] = nil }
    }

    /// A client whose last tag lies behind the virtual time is like a new one. Scans only when many such clients have gathered.
    private mutating func dropOldTags() {
        guard lastTags.count > 2 * waitingTags.count + 64 else { return }
        lastTags = lastTags.filter { $0.value + Self.quantum > virtualTime + 1 }
    }
}

extension Array {
    /// The first index whose element is not `before`; all elements that are `before` must come first.
    fileprivate func partitioningIndex(where before: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if before(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
