import KeyManagement
import Synchronization

// MARK: Health

extension Token {
    /// Whether the token is there, lets the user in, and has the key that wraps, if one is set. No two calls may be in a lane at
    /// once.
    func checkHealth(_ lane: Int) throws(ProviderError) {
        guard try isWorthLoggingIn() else { return }
        try use(lane) { session in
            // Asks the token too; one that has lost the login gets another one.
            try checkLogin(session)
            guard settings.key != nil else { return }
            session.forget(.wrapping)
            _ = try wrappingKey(session)
        }
    }

    /// Whether a session with a login would tell more than is known by now. Nobody waits for what is asked here, so that no
    /// PIN may be spent on it, nor a person called to a keypad.
    private func isWorthLoggingIn() throws(ProviderError) -> Bool {
        let (isLoggedIn, refused) = state.withLock { ($0.isLoggedIn, $0.refusedLogin) }
        if let refused { throw refused }
        if isLoggedIn { return true }
        moduleUse.enter()
        defer { moduleUse.leave() }
        do {
            let connection = try connected()
            let flags = try connection.module.tokenInfo(connection.slot).flags
            guard flags.contains(.loginRequired) else { return true }
            if settings.pin == .none, flags.contains(.protectedPath) { return false }
            // Else every worker that takes another one's place would send a wrong PIN once.
            guard flags.isDisjoint(with: [.pinCountLow, .pinFinalTry]) else {
                throw ProviderError(
                    .denied,
                    "\(settings.token): a wrong user PIN was sent to it since the last login, and each one brings it closer to "
                        + "locking itself, so that none is sent until a key is needed; check \(settings.path).pin or "
                        + "pin_file")
            }
            return true
        } catch {
            let error = explained(error)
            state.withLock { state in
                // The slot may be another one the next time.
                state.connection = nil
                if error.code == .unreachable { state.isSuspect = true }
            }
            throw error
        }
    }
}
