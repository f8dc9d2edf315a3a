/// A key version in use whose stored private half can't be opened: the store was damaged, or parts of it were exchanged.
///
/// It is left out of what is loaded, so that the other keys go on. Whether a token that it made is good can't be told.
package struct DamagedKey: Sendable, Hashable {
    package let kid: String
    package let ring: RingSpec
    package let reason: KeyError
}
