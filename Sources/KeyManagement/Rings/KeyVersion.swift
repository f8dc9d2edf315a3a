package import JOSE
package import Store

/// One version of a ring's key, without its private half.
package struct KeyVersion: Sendable, Equatable {
    package let ring: RingSpec
    package let ringID: String
    /// 1 for the ring's first.
    package let number: Int
    package let kid: String
    package let lifecycle: KeyLifecycle
    /// Nil for symmetric keys.
    package let publicJWK: JWK?
    /// Why its stored private half can't be used, while it is in use; nil: it can.
    package var damage: KeyError.Code?

    package var state: KeyState { lifecycle.state }
    package var createdAt: Timestamp { lifecycle.createdAt }
    package var activatedAt: Timestamp? { lifecycle.activatedAt }
    /// When a retiring version stops opening tokens.
    package var retiresAt: Timestamp? { lifecycle.retiresAt }
}

/// Which rings a rotation is for.
package enum RingSelector: Sendable, Hashable {
    case all
    /// The ring of this id.
    case ring(String)
    /// All rings of this owner.
    case owner(KeyOwner)

    func includes(_ ring: RingSpec) -> Bool {
        switch self {
        case .all: true
        case .ring(let id): ring.id == id
        case .owner(let owner): ring.owner == owner
        }
    }
}
