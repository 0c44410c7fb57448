/// Which instance has something to do next: a heap with one time for each.
struct AlarmClock {
    private var heap: [(time: Double, instance: Int)] = []
    private var places: [Int]

    init(instances: Int) {
        places = Array(repeating: -1, count: instances)
    }

    /// The earliest time, and whose it is.
    var earliest: (time: Double, instance: Int)? { heap.first }

    /// Sets an instance's time; nil for none. Complexity: O(log instances).
    mutating func set(_ instance: Int, to time: Double?) {
        let place = places[instance]
        switch (place, time) {
        case (-1, nil): return
        case (-1, let time?):
            heap.append((time, instance))
            places[instance] = heap.count - 1
            rise(from: heap.count - 1)
        case (_, let time?):
            let old = heap[place].time
            heap[place].time = time
            if time < old { rise(from: place) } else { sink(from: place) }
        case (_, nil): remove(at: place)
        }
    }

    private mutating func remove(at place: Int) {
        let last = heap.count - 1
        exchange(place, last)
        places[heap.removeLast().instance] = -1
        guard place < heap.count else { return }
        rise(from: place)
        sink(from: place)
    }

    private mutating func rise(from place: Int) {
        var child = place
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            exchange(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink(from place: Int) {
        var parent = place
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            guard least != parent else { return }
            exchange(parent, least)
            parent = least
        }
    }

    private mutating func exchange(_ one: Int, _ other: Int) {
        guard one != other else { return }
        heap.swapAt(one, other)
        places[heap[one].instance] = one
        places[heap[other].instance] = other
    }
}
