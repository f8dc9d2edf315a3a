/// A fixed number of places for non-copyable values, by index. Memory is touched only as places are first used.
///
/// `subscript` gives direct access without the exclusivity checks of a class's property; it traps on an index that holds
/// nothing. Two accesses to one place must not overlap: the loop, its only user, never calls itself inside one.
@safe struct Slab<Element: ~Copyable>: ~Copyable {
    private let places: UnsafeMutablePointer<Element>
    private var used: [Bool]
    private var free: [Int32] = []
    private var touched = 0
    let capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        unsafe places = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        used = Array(repeating: false, count: capacity)
    }

    deinit {
        for index in 0..<touched where used[index] { unsafe (places + index).deinitialize(count: 1) }
        unsafe places.deallocate()
    }

    /// The index that the next `insert` will use, or nil when all places are taken.
    var nextIndex: Int? { free.last.map(Int.init) ?? (touched < capacity ? touched : nil) }

    /// Fills the place `nextIndex`; a full slab drops the value.
    mutating func insert(_ element: consuming Element) {
        guard let index = nextIndex else { return }
        if free.popLast() == nil { touched += 1 }
        unsafe (places + index).initialize(to: element)
        used[index] = true
        count += 1
    }

    mutating func remove(_ index: Int) {
        precondition(used[index])
        used[index] = false
        unsafe (places + index).deinitialize(count: 1)
        free.append(Int32(truncatingIfNeeded: index))
        count -= 1
    }

    func contains(_ index: Int) -> Bool { index >= 0 && index < capacity && used[index] }

    subscript(index: Int) -> Element {
        // `used` implies that the place is initialised; it is so from `insert` to `remove`.
        _read {
            precondition(used[index])
            yield unsafe places[index]
        }
        _modify {
            precondition(used[index])
            yield unsafe &places[index]
        }
    }

    /// One past the highest index ever used.
    var bound: Int { touched }
}
