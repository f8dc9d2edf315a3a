/// A set of an API's scopes as bits, in the order in which the API lists them.
struct ScopeSet: Sendable, Equatable {
    private var words: SIMD4<UInt64> = .zero

    /// How many scopes of one API have a bit. A route that needs one beyond it is never granted.
    static let capacity = 256

    init() {}

    /// Adds the scope with this place in the API's list; false when there is no bit for it.
    mutating func insert(_ index: Int) -> Bool {
        guard (0..<Self.capacity).contains(index) else { return false }
        words[index / 64] |= 1 << UInt64(index % 64)
        return true
    }

    @inline(__always)
    func isSuperset(of other: ScopeSet) -> Bool {
        words & other.words == other.words
    }
}
