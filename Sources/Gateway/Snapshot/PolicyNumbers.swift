import Resources

/// Gives each API with each of its policies a number that is never used again in the process.
///
/// A cached token is found by this number: when a policy changes, or an API is deleted and another made under its name,
/// nothing that was verified under the old one is found.
struct PolicyNumbers {
    private var known: [String: (resource: APIResource, number: UInt64)] = [:]
    private var last: UInt64 = 0

    /// The number of an API as it is now.
    mutating func number(of resource: APIResource) -> UInt64 {
        if let known = known[resource.name], known.resource == resource { return known.number }
        last += 1
        known[resource.name] = (resource, last)
        return last
    }

    /// Forgets APIs that are gone; made again, they get new numbers.
    mutating func keep(only names: some Collection<String>) {
        let names = Set(names)
        known = known.filter { names.contains($0.key) }
    }
}
