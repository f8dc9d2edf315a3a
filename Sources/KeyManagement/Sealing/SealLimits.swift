/// How often one data key seals.
///
/// The nonces of AES-GCM are random here, so one key may seal at most 2³² times (NIST SP 800-38D section 8.3): beyond
/// that two equal nonces become too likely, and two equal nonces give the key of the authentication away. Seals are
/// counted in the store by blocks that a process reserves before it uses them: what it did not use when it ended is lost,
/// what was used is never forgotten.
package struct SealLimits: Sendable, Hashable {
    /// The seals after which another data key takes over.
    package var perDataKey: Int64
    /// How many seals are reserved at once.
    package var block: Int64

    /// - Parameters:
    ///   - perDataKey: default 2²⁸, a sixteenth of the bound: the odds of two equal nonces stay below 2⁻⁴⁰.
    ///   - block: default 2²⁰, some minutes of issuing at full speed.
    package init(perDataKey: Int64 = 1 << 28, block: Int64 = 1 << 20) {
        self.perDataKey = perDataKey
        self.block = block
    }

    /// Below so many left, a further block is reserved.
    var reserve: Int64 { block / 2 }
}
