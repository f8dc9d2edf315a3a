import JOSE
import KeyManagement
import Synchronization

/// A token of a PKCS#11 module, with its user logged in and one session for each lane of ``BlockingCalls``.
///
/// Everything here blocks. What a session loses (itself, the login, the token) is looked for anew once; then it is a failure.
final class Token: Sendable {
    /// A session in which the key can be used.
    struct Session: Sendable {
        let module: CryptokiModule
        let handle: UInt
        let key: UInt
        /// Of the connection that it was opened in.
        let generation: Int
    }

    /// A module that is initialized, and the slot of the token.
    private struct Connection: Sendable {
        let module: CryptokiModule
        let slot: UInt
        let token: TokenInfo
        let generation: Int
    }

    private struct State: Sendable {
        var module: CryptokiModule?
        /// Whether nobody else had initialized the module, so that it is ours to finalize.
        var isOurs = false
        var connection: Connection?
        var generation = 0
        var isLoggedIn = false
        /// Calls that are in the module now.
        var active = 0
        /// Whether the device could not be reached when it was asked last.
        var isSuspect = false
        /// Why the PIN is not sent again.
        var refusedLogin: ProviderError?
    }

    private let settings: PKCS11Settings
    private let sessions = Mutex<[Int: Session]>([:])
    private let state = Mutex(State())

    init(_ settings: PKCS11Settings) { self.settings = settings }

    /// Uses the key in the session of a lane. No two calls may be in a lane at once.
    func use<Answer>(_ lane: Int, _ body: (Session) throws -> Answer) throws(ProviderError) -> Answer {
        enter()
        defer { leave() }
        var isSecond = false
        while true {
            do {
                return try body(try session(lane))
            } catch let failure as CryptokiFailure where failure.isLoss && !isSecond {
                forget(lane)
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

    /// Asks the token for its name, without a session.
    func checkPresence() throws(ProviderError) {
        enter()
        defer { leave() }
        do {
            let connection = try connected()
            _ = try connection.module.tokenInfo(connection.slot)
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

    /// Closes what is open. No call may be under way, and none may follow.
    func close() {
        let open = sessions.withLock { sessions in
            defer { sessions = [:] }
            return sessions.values
        }
        // What can't be closed goes with the process.
        for session in open { try? session.module.closeSession(session.handle) }
        let module = state.withLock { $0.isOurs ? $0.module : nil }
        try? module?.finalize()
    }

    private func enter() { state.withLock { $0.active += 1 } }

    private func leave() { state.withLock { $0.active -= 1 } }

    private func explained(_ error: any Error) -> ProviderError {
        switch error {
        case let error as ProviderError: error
        case let failure as CryptokiFailure: ProviderError(failure.code, "\(settings.place): \(failure)")
        default: ProviderError(.answerBroken, "\(settings.place): \(type(of: error))")
        }
    }

    private func forget(_ lane: Int) {
        let lost = sessions.withLock { $0.removeValue(forKey: lane) }
        // It may be gone already.
        if let lost { try? lost.module.closeSession(lost.handle) }
        state.withLock { state in
            // Another lane may have noticed first, and all is well again.
            if let lost, lost.generation != state.generation { return }
            state.generation += 1
            state.connection = nil
            state.isLoggedIn = false
        }
    }
}

// MARK: Sessions

extension Token {
    private func session(_ lane: Int) throws -> Session {
        let known = sessions.withLock { $0[lane] }
        if let known {
            if known.generation == state.withLock({ $0.generation }) { return known }
            try? known.module.closeSession(known.handle)
            sessions.withLock { $0[lane] = nil }
        }
        let connection = try connected()
        let handle = try connection.module.openSession(connection.slot)
        do {
            let isFresh = try logIn(connection, handle)
            guard let key = try key(connection, handle) else {
                // Without a login that still holds, a token shows no private objects.
                guard isFresh else { throw CryptokiFailure(function: "C_FindObjects", value: .userNotLoggedIn) }
                throw try missing(connection, handle)
            }
            let session = Session(
                module: connection.module, handle: handle, key: key, generation: connection.generation)
            sessions.withLock { $0[lane] = session }
            return session
        } catch {
            try? connection.module.closeSession(handle)
            // With the last session the login goes too.
            state.withLock { $0.isLoggedIn = false }
            throw error
        }
    }

    private func connected() throws -> Connection { try state.withLock { state in try connect(&state) } }

    private func connect(_ state: inout State) throws -> Connection {
        if let connection = state.connection { return connection }
        let module: CryptokiModule
        if let loaded = state.module { module = loaded } else { module = try load() }
        state.module = module
        finalizeIfSuspect(module, &state)
        if try module.initialize() { state.isOurs = true }
        let (slot, token) = try findToken(module)
        try checkMechanism(module, slot)
        let connection = Connection(module: module, slot: slot, token: token, generation: state.generation)
        state.connection = connection
        return connection
    }

    /// Some modules find a device that was away only when they are initialized anew. That ends every session of the
    /// process, so it is done when the module is ours and nobody else is in it; who comes now waits for the state's lock.
    private func finalizeIfSuspect(_ module: CryptokiModule, _ state: inout State) {
        guard state.isSuspect, state.isOurs, state.active == 1 else { return }
        state.isSuspect = false
        // Whether it worked shows by what it answers next.
        try? module.finalize()
        // Handles begin anew too: the old ones must not be closed in their place.
        sessions.withLock { $0 = [:] }
        state.isOurs = false
        state.isLoggedIn = false
        state.generation += 1
    }

    private func load() throws(ProviderError) -> CryptokiModule {
        do throws(CryptokiModule.LoadFailure) {
            return try CryptokiModule(path: settings.modulePath)
        } catch {
            throw ProviderError(
                .configurationInvalid,
                "the module \(settings.modulePath) can't be loaded: \(error.reason); check root_key.pkcs11.module")
        }
    }

    private func findToken(_ module: CryptokiModule) throws -> (UInt, TokenInfo) {
        var tokens: [(slot: UInt, info: TokenInfo)] = []
        for slot in try module.slots() {
            let info = try module.tokenInfo(slot)
            if info.flags.contains(.initialized) { tokens.append((slot, info)) }
        }
        guard !tokens.isEmpty else {
            throw ProviderError(
                .unreachable,
                "no slot of \(settings.modulePath) has an initialized token: is the device connected, and does the "
                    + "module's own configuration point to it?")
        }
        let matching = tokens.filter { settings.token.matches($0.info, in: $0.slot) }
        if let only = matching.first, matching.count == 1 { return only }
        let all = tokens.map { "\($0.info.label) (slot \($0.slot))" }.joined(separator: ", ")
        guard matching.isEmpty else {
            throw ProviderError(
                .configurationInvalid, "\(matching.count) tokens are \(settings.token); name one by its slot: \(all)")
        }
        throw ProviderError(.keyMissing, "\(settings.modulePath) has no \(settings.token); there are: \(all)")
    }

    private func checkMechanism(_ module: CryptokiModule, _ slot: UInt) throws {
        let answer: String
        do throws(CryptokiFailure) {
            let flags = try module.mechanismFlags(slot, CryptokiModule.aesGCM)
            // CKF_ENCRYPT and CKF_DECRYPT
            if flags & 0x300 == 0x300 { return }
            answer = "its flags are 0x\(String(flags, radix: 16))"
        } catch {
            guard error.code == .notSupported else { throw error }
            answer = error.description
        }
        throw ProviderError(
            .notSupported,
            "\(settings.token) does not encrypt and decrypt by CKM_AES_GCM (\(answer)); no mechanism that does not "
                + "authenticate is used in its place")
    }
}

// MARK: Login

extension Token {
    /// - Returns: whether the token was asked just now, or needs no login.
    private func logIn(_ connection: Connection, _ session: UInt) throws -> Bool {
        try state.withLock { state in
            guard !state.isLoggedIn else { return false }
            if let refused = state.refusedLogin { throw refused }
            let pin = try settings.pin.read()
            let flags = connection.token.flags
            if pin == nil, !flags.contains(.protectedPath) {
                guard flags.contains(.loginRequired) else { return true }
                throw ProviderError(
                    .configurationInvalid, "\(settings.token) needs a login: set root_key.pkcs11.pin or pin_file")
            }
            do throws(CryptokiFailure) {
                if flags.contains(.pinLocked) { throw CryptokiFailure(function: "C_GetTokenInfo", value: .pinLocked) }
                try logIn(connection.module, session, pin)
                state.isLoggedIn = state.generation == connection.generation
                return true
            } catch {
                guard !error.isHarmlessAtLogin else { throw error }
                let refusal = refusal(error, connection)
                state.refusedLogin = refusal
                throw refusal
            }
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

    private func refusal(_ failure: CryptokiFailure, _ connection: Connection) -> ProviderError {
        let once =
            "it is not sent again until the server is started anew, since each wrong PIN brings a token closer to "
            + "locking itself"
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
            what = "the user PIN is refused: correct root_key.pkcs11.pin or pin_file; \(once)\(rest)"
        }
        return ProviderError(.denied, "\(settings.token): \(failure): \(what)")
    }
}

// MARK: The key

extension Token {
    /// Nil when there is none.
    private func key(_ connection: Connection, _ session: UInt) throws -> UInt? {
        let module = connection.module
        let secretKeys = UInt64(ObjectInfo.secretKey)
        let found = try module.find(session, settings.key.query(objectClass: secretKeys), limit: 2)
        guard found.count < 2 else {
            throw ProviderError(
                .configurationInvalid,
                "\(settings.token) has several secret keys for \(settings.key): give root_key.pkcs11.key and id both")
        }
        // Other kinds of objects are looked at for the sake of the message only.
        guard let handle = try found.first ?? module.find(session, settings.key.query(objectClass: nil), limit: 1).first
        else { return nil }
        if let fault = try module.object(session, handle).fault {
            throw ProviderError(
                .keyDisabled, "\(settings.key) of \(settings.token) must not wrap the root key: \(fault)")
        }
        return handle
    }

    private func missing(_ connection: Connection, _ session: UInt) throws -> ProviderError {
        // A token that went away may show as one without objects.
        _ = try connection.module.tokenInfo(connection.slot)
        let query = ObjectQuery(objectClass: UInt64(ObjectInfo.secretKey))
        let names = try connection.module.find(session, query, limit: 16).map { handle in
            try connection.module.object(session, handle).name
        }
        let list =
            names.isEmpty ? "it has no secret keys" : "its secret keys: \(names.sorted().joined(separator: ", "))"
        return ProviderError(.keyMissing, "\(settings.token) has no \(settings.key); \(list)")
    }
}
