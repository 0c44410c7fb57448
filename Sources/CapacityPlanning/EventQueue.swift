/// The next event of each instance, earliest first: a binary heap with at most one entry an instance.
struct EventQueue {
    private var heap: [(time: Double, instance: Int)] = []
    /// Each instance's index in the heap; -1 without an event.
    private var positions: [Int]

    init(instances: Int) {
        positions = Array(repeating: -1, count: instances)
    }

    /// The earliest event.
    var earliest: (time: Double, instance: Int)? { heap.first }

    /// Sets the time of an instance's event; nil removes it.
    /// - Complexity: O(log instances)
    mutating func set(_ instance: Int, to time: Double?) {
        let position = positions[instance]
        switch (position, time) {
        case (-1, nil): return
        case (-1, let time?):
            heap.append((time, instance))
            positions[instance] = heap.count - 1
            siftUp(from: heap.count - 1)
        case (_, let time?):
            let old = heap[position].time
            heap[position].time = time
            if time < old { siftUp(from: position) } else { siftDown(from: position) }
        case (_, nil): remove(at: position)
        }
    }

    private mutating func remove(at position: Int) {
        let last = heap.count - 1
        swap(position, last)
        positions[heap.removeLast().instance] = -1
        guard position < heap.count else { return }
        siftUp(from: position)
        siftDown(from: position)
    }

    private mutating func siftUp(from position: Int) {
        var child = position
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            swap(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func siftDown(from position: Int) {
        var parent = position
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            guard least != parent else { return }
            swap(parent, least)
            parent = least
        }
    }

    private mutating func swap(_ one: Int, _ other: Int) {
        guard one != other else { return }
        heap.swapAt(one, other)
        positions[heap[one].instance] = one
        positions[heap[other].instance] = other
    }
}
