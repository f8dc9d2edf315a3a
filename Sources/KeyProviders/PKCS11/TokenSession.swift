import Synchronization

/// A module that is initialized, and the slot of the token.
struct TokenConnection: Sendable {
    let module: CryptokiModule
    let slot: UInt
    let token: TokenInfo
    /// Which attempt to reach the token it came of: what belongs to an earlier one is lost.
    let generation: Int
    /// Of the module, ``ModuleUse/epoch``.
    let epoch: Int
}

/// A session of a token whose user is logged in, and the handles of the keys that were looked up in it.
final class TokenSession: Sendable {
    /// The keys that are remembered; each version of a ring has one.
    static let mostKeys = 256

    /// What a key is looked up by.
    enum KeyName: Hashable, Sendable {
        /// The one of the settings.
        case wrapping
        /// `DeviceKey.reference`.
        case pair(String)
    }

    let connection: TokenConnection
    let handle: UInt
    private let keys = Mutex<[KeyName: UInt]>([:])

    var module: CryptokiModule { connection.module }

    init(_ connection: TokenConnection, handle: UInt) {
        (self.connection, self.handle) = (connection, handle)
    }

    /// A key's handle, looked up when it is not remembered.
    func key(_ name: KeyName, _ find: () throws -> UInt) throws -> UInt {
        if let known = keys.withLock({ $0[name] }) { return known }
        let found = try find()
        keys.withLock { keys in
            // All of them at once: which was used last is not worth remembering.
            if keys.count >= Self.mostKeys { keys = [:] }
            keys[name] = found
        }
        return found
    }

    func forget(_ name: KeyName) { keys.withLock { $0[name] = nil } }

    func forgetKeys() { keys.withLock { $0 = [:] } }

    /// Whether the token's user is logged in still. A token shows no private keys to others, and says that there are none.
    func isLoggedIn() throws(CryptokiFailure) -> Bool {
        // CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS
        try [1, 3].contains(module.sessionState(handle))
    }
}
