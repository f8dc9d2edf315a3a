import JOSE
import KeyManagement
import Synchronization

// MARK: Login

extension Token {
    /// A file that changes again and again must not lock the token.
    private static let mostRefusedPINs = 8

    /// Logs in, unless that was done for another session already.
    func logIn(_ session: TokenSession) throws {
        try state.withLock { state in
            guard !state.isLoggedIn else { return }
            let connection = session.connection
            let pin = try settings.pin.read()
            var flags = connection.token.flags
            if let refused = state.refusedLogin {
                // A file may hold another one by now, and the token be unlocked for it.
                guard pin != nil, state.refusedPINs.count < Self.mostRefusedPINs, !state.refusedPINs.contains(pin)
                else { throw refused }
                flags = try connection.module.tokenInfo(connection.slot).flags
            }
            if pin == nil, !flags.contains(.protectedPath) {
                guard flags.contains(.loginRequired) else { return }
                throw ProviderError(
                    .configurationInvalid, "\(settings.token) needs a login: set \(settings.path).pin or pin_file")
            }
            do throws(CryptokiFailure) {
                if flags.contains(.pinLocked) { throw CryptokiFailure(function: "C_GetTokenInfo", value: .pinLocked) }
                try logIn(connection.module, session.handle, pin)
                state.isLoggedIn = state.generation == connection.generation
                (state.refusedLogin, state.refusedPINs) = (nil, [])
            } catch {
                guard !error.isHarmlessAtLogin else { throw error }
                let refusal = refusal(error, connection)
                state.refusedLogin = refusal
                // Of a token that is locked nothing is said of the PIN.
                if error.value != .pinLocked { state.refusedPINs.append(pin) }
                throw refusal
            }
        }
    }

    /// Throws when a login is needed and is no more: what was not found may be there.
    func checkLogin(_ session: TokenSession) throws {
        // A token that went away may show as one without objects.
        let flags = try session.module.tokenInfo(session.connection.slot).flags
        guard flags.contains(.loginRequired) else { return }
        guard try session.isLoggedIn() else {
            throw CryptokiFailure(function: "C_FindObjects", value: .userNotLoggedIn)
        }
    }

    private func logIn(_ module: CryptokiModule, _ session: UInt, _ pin: SecretBytes?) throws(CryptokiFailure) {
        guard let pin else {
            return try unsafe module.logIn(session, pin: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        var failure: CryptokiFailure?
        unsafe pin.withUnsafeBytes { octets in
            do throws(CryptokiFailure) { try unsafe module.logIn(session, pin: octets) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func refusal(_ failure: CryptokiFailure, _ connection: TokenConnection) -> ProviderError {
        let once =
            "it is not sent again by this process, since each wrong PIN brings a token closer to locking itself"
        let what: String
        switch failure.value {
        case .pinLocked:
            what =
                "the user PIN is locked after too many wrong attempts: the token's security officer must set a new one"
        case .pinExpired: what = "the user PIN has expired: set a new one; \(once)"
        case .userPINNotInitialized: what = "the token has no user PIN yet: its security officer must set one"
        default:
            // Asked again, for the count that this attempt changed.
            let flags = (try? connection.module.tokenInfo(connection.slot))?.flags ?? connection.token.flags
            let rest =
                flags.contains(.pinLocked)
                ? "; the token is locked now"
                : flags.contains(.pinFinalTry)
                    ? "; the token says that ONE attempt is left"
                    : flags.contains(.pinCountLow) ? "; the token counts wrong attempts" : ""
            what = "the user PIN is refused: correct \(settings.path).pin or pin_file; \(once)\(rest)"
        }
        return ProviderError(.denied, "\(settings.token): \(failure): \(what)")
    }
}
