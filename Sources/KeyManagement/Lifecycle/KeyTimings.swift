package import Store

/// The times of a key's life, in seconds, and how they follow from the lifetime of tokens.
package enum KeyTimings {
    /// The longest life that an access token may have.
    package static let longestTokenLifetime: Int64 = 24 * 3600
    /// The longest life of a token that an upstream gets.
    package static let forwardTokenLifetime: Int64 = 60
    /// What the check of a token's expiry forgives.
    package static let leeway: Int64 = 30
    /// How far the clocks of the machines that make and open tokens may be apart, and how long a token may take from its
    /// key to its caller.
    package static let skew: Int64 = 60
    /// How long the private half of a retired or revoked version is kept, so that a mistake can be mended.
    package static let hold: Int64 = 24 * 3600

    /// How long, in seconds, a version that made its last token now may be needed, whatever the lifetimes are.
    package static let longestUse = longestTokenLifetime + leeway + skew

    /// When the last token that is made at `now` with this lifetime is surely refused as expired.
    ///
    /// Throws `key-timing-refused` for a lifetime outside 1 s … 24 h: a shorter overlap would refuse good tokens.
    package static func lastUse(ofTokensMadeAt now: Timestamp, lifetime: Int64) throws(KeyError) -> Timestamp {
        guard (1...longestTokenLifetime).contains(lifetime) else {
            throw KeyError(
                .timingRefused, "expected a token lifetime of 1 to \(longestTokenLifetime) seconds, got \(lifetime)")
        }
        return now + (lifetime + leeway + skew)
    }
}
