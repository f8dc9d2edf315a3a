import JOSE
import KeyManagement
import Synchronization

/// A token of a PKCS#11 module, with its user logged in and one session for each lane of ``BlockingCalls``.
///
/// Everything here blocks. What a session loses (itself, the login, the token) is looked for anew once; then it is a failure.
final class Token: Sendable {
    struct State: Sendable {
        /// Nil until it is loaded.
        var module: CryptokiModule?
        /// Whether it counts among those who use the module.
        var isJoined = false
        var connection: TokenConnection?
        var generation = 0
        var isLoggedIn = false
        /// Whether the device could not be reached when it was asked last.
        var isSuspect = false
        /// Why the PIN is not sent again.
        var refusedLogin: ProviderError?
        /// The PINs that were refused; after too many of them none is sent any more.
        var refusedPINs: [SecretBytes?] = []
    }

    let settings: PKCS11Settings
    let sessions = Mutex<[Int: TokenSession]>([:])
    let state = Mutex(State())
    let moduleUse: ModuleUse

    init(_ settings: PKCS11Settings) {
        self.settings = settings
        moduleUse = ModuleUse.of(settings.modulePath)
    }

    /// Works in the session of a lane. No two calls may be in a lane at once.
    func use<Answer>(_ lane: Int, _ body: (TokenSession) throws -> Answer) throws(ProviderError) -> Answer {
        moduleUse.enter()
        defer { moduleUse.leave() }
        var isSecond = false
        while true {
            do {
                return try body(try session(lane))
            } catch let failure as CryptokiFailure where failure.isLoss && !isSecond {
                // A key may be gone while its session is as good as ever.
                if failure.isLossOfKey {
                    sessions.withLock { $0[lane] }?.forgetKeys()
                } else {
                    forget(lane)
                }
                isSecond = true
            } catch {
                let error = explained(error)
                // Some modules answer anything to a session that is no more: the next attempt gets a new one.
                if error.code == .unreachable {
                    forget(lane)
                    state.withLock { $0.isSuspect = true }
                }
                throw error
            }
        }
    }

    /// Closes what is open. No call may be under way, and none may follow.
    func close() {
        let open = sessions.withLock { sessions in
            defer { sessions = [:] }
            return sessions.values
        }
        for session in open { close(session) }
        let joined = state.withLock { state in
            defer { state.isJoined = false }
            return state.isJoined ? state.module : nil
        }
        if let joined { moduleUse.part(joined) }
    }

    private func close(_ session: TokenSession) {
        // After the module was finalized the same handle may be another session's.
        guard session.connection.epoch == moduleUse.epoch else { return }
        // What can't be closed goes with the process.
        try? session.module.closeSession(session.handle)
    }

    func explained(_ error: any Error) -> ProviderError {
        switch error {
        case let error as ProviderError: error
        case let failure as CryptokiFailure: ProviderError(failure.code, "\(settings.place): \(failure)")
        default: ProviderError(.answerBroken, "\(settings.place): \(type(of: error))")
        }
    }

    private func forget(_ lane: Int) {
        let lost = sessions.withLock { $0.removeValue(forKey: lane) }
        // It may be gone already.
        if let lost { close(lost) }
        state.withLock { state in
            // Another lane may have noticed first, and all is well again.
            if let lost, lost.connection.generation != state.generation { return }
            state.generation += 1
            state.connection = nil
            state.isLoggedIn = false
        }
    }
}

// MARK: Sessions

extension Token {
    /// Works in a session that may change the token, beside the lane's own, which may not.
    func write<Answer>(_ session: TokenSession, _ body: (TokenSession) throws -> Answer) throws -> Answer {
        let connection = session.connection
        let handle = try connection.module.openSession(connection.slot, writes: true)
        defer { try? connection.module.closeSession(handle) }
        return try body(TokenSession(connection, handle: handle))
    }

    /// Makes every session look its keys up anew.
    func forgetKeys() {
        for session in sessions.withLock({ Array($0.values) }) { session.forgetKeys() }
    }

    private func session(_ lane: Int) throws -> TokenSession {
        let known = sessions.withLock { $0[lane] }
        if let known {
            let isCurrent = known.connection.generation == state.withLock { $0.generation }
            if isCurrent, known.connection.epoch == moduleUse.epoch { return known }
            close(known)
            sessions.withLock { $0[lane] = nil }
        }
        let connection = try connected()
        let handle = try connection.module.openSession(connection.slot, writes: false)
        do {
            let session = TokenSession(connection, handle: handle)
            try logIn(session)
            sessions.withLock { $0[lane] = session }
            return session
        } catch {
            try? connection.module.closeSession(handle)
            // With the last session the login goes too.
            state.withLock { $0.isLoggedIn = false }
            throw error
        }
    }
}
