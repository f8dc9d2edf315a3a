import JOSE
import KeyManagement

/// Holds the client token of one server: logs in when there is none, renews it at two thirds of its lease, and logs in
/// anew when the lease is over or the server refuses the token.
actor TransitSessions {
    private let credentials: TransitCredentials
    private let connection: TransitConnection
    private let calls: DeviceCalls
    private let address: String
    /// Monotonic milliseconds.
    private let now: @Sendable () -> Int64
    private var session: TransitSession?
    private var count = 0
    /// The login that is under way: whoever needs a token meanwhile waits for this one.
    private var login: Task<Result<TransitSession, ProviderError>, Never>?
    private var keeper: Task<Void, Never>?
    private var isClosed = false
    /// Why the latest login was refused, and when.
    private var refusedLogin: (error: ProviderError, time: Int64)?

    /// For how long, in milliseconds, nobody logs in who needs no token: servers lock a role whose logins are refused, after
    /// five of them within a quarter of an hour.
    private static let rest: Int64 = 300_000

    init(
        _ settings: TransitSettings, _ connection: TransitConnection, _ calls: DeviceCalls,
        now: @escaping @Sendable () -> Int64
    ) {
        credentials = settings.credentials
        address = settings.address
        self.connection = connection
        self.calls = calls
        self.now = now
    }

    /// A session, and whether it was opened for this call.
    func current() async throws(ProviderError) -> (session: TransitSession, isNew: Bool) {
        if let session {
            switch session.lease.state(at: now()) {
            case .good: return (session, false)
            case .over: self.session = nil
            case .renewalDue:
                // The token is good for a third of its lease yet: a renewal that fails is no reason not to use it.
                do throws(ProviderError) { try await renew(session) } catch {}
                if let session = self.session { return (session, false) }
            }
        }
        return (try await open(), true)
    }

    /// A session for who only looks whether there is one. It begins to renew a token that was given, though nothing has used it
    /// here yet: whoever was renewing it may be gone, and once it has ended it can't be got anew.
    func forHealth() async throws(ProviderError) -> (session: TransitSession, isNew: Bool) {
        // A login after the end would be left to its lease.
        guard !isClosed else { throw ProviderError(.unreachable, "\(address) is not asked any more") }
        if let refusedLogin, now() - refusedLogin.time < Self.rest { throw refusedLogin.error }
        return try await current()
    }

    /// Whether the server knows the token and lets it look at itself.
    func isKnown(_ session: TransitSession) async throws(ProviderError) -> Bool {
        let answer = try await connection.ask("GET", "auth/token/lookup-self", token: session.token)
        switch answer.status {
        case 200: return true
        case 400, 403, 404: return false
        default: throw answer.failure(address)
        }
    }

    func noteKnown(_ known: TransitSession) {
        if session?.number == known.number { session?.wasKnown = true }
    }

    /// Another session in place of one that the server refused; nil when there would be no other.
    func replacement(of refused: TransitSession) async throws(ProviderError) -> TransitSession? {
        if let session, session.number != refused.number { return session }
        session = nil
        if case .token(.given) = credentials { return nil }
        let opened = try await open()
        return opened.token == refused.token ? nil : opened
    }

    /// Ends the session at the server too, if it was opened here. One that can't be ended ends with its lease.
    func close(_ farewell: TransitConnection) async {
        isClosed = true
        keeper?.cancel()
        guard let session, credentials.path != nil else { return }
        self.session = nil
        _ = try? await farewell.ask("POST", "auth/token/revoke-self", token: session.token)
    }

    // MARK: Opening

    private func open() async throws(ProviderError) -> TransitSession {
        let task = login ?? Task { await self.openOnce() }
        login = task
        return try await task.value.get()
    }

    private func openOnce() async -> Result<TransitSession, ProviderError> {
        defer { login = nil }
        count += 1
        do throws(ProviderError) {
            let opened = try await logIn(number: count)
            session = opened
            refusedLogin = nil
            keep()
            return .success(opened)
        } catch {
            refusedLogin = error.code == .denied ? (error, now()) : nil
            return .failure(error)
        }
    }

    private func logIn(number: Int) async throws(ProviderError) -> TransitSession {
        guard let login = try credentials.login() else { return try await adopt(number: number) }
        let place = "\(address)/v1/\(login.path)"
        let start = now()
        let answer = try await connection.ask("POST", login.path, body: login.body, secrets: [login.secret])
        switch answer.status {
        case 200: return try TransitSession(number: number, answer: answer, at: start, place)
        case 400, 401, 403:
            throw ProviderError(.denied, "\(place) refuses the login\(answer.quoted): \(credentials.advice)")
        case 404:
            throw ProviderError(
                .keyMissing, "there is no login at \(place)\(answer.quoted): check auth_mount and namespace")
        default: throw answer.failure(place)
        }
    }

    /// Takes the token that was given, and asks how long it lives.
    private func adopt(number: Int) async throws(ProviderError) -> TransitSession {
        guard case .token(let source) = credentials else {
            throw ProviderError(.configurationInvalid, "expected a token")
        }
        let token = try source.read()
        let start = now()
        let answer = try await connection.ask("GET", "auth/token/lookup-self", token: token)
        guard [200, 400, 403, 404].contains(answer.status) else { throw answer.failure(address) }
        return try TransitSession(number: number, token: token, answer: answer, at: start, address)
    }

    // MARK: Keeping

    private func renew(_ old: TransitSession) async throws(ProviderError) {
        let start = now()
        let answer = try await connection.ask("POST", "auth/token/renew-self", token: old.token, body: Self.noContent)
        guard session?.number == old.number else { return }
        switch answer.status {
        case 200:
            let renewed = try TransitSession(number: old.number, answer: answer, at: start, address)
            session?.lease = renewed.lease
        case 400, 403:
            // Not this token, or not any more. It is used until the server refuses it.
            session?.lease.noteRefusal()
        default: throw answer.failure(address)
        }
    }

    private static let noContent = SecretBytes(Array("{}".utf8))

    /// Renews the session in time, whether or not it is used meanwhile: a token that was given can't be got anew.
    private func keep() {
        keeper?.cancel()
        guard !isClosed else { return }
        keeper = Task { [weak self] in
            while let pause = await self?.pause() {
                do { try await Task.sleep(for: .milliseconds(pause)) } catch { return }
                await self?.renewIfDue()
            }
        }
    }

    private func pause() -> Int64? { isClosed ? nil : session?.lease.pause(at: now()) }

    private func renewIfDue() async {
        guard !isClosed, let session, session.lease.state(at: now()) == .renewalDue else { return }
        do throws(ProviderError) {
            try await calls.call(.session) { () throws(ProviderError) in try await self.renew(session) }
        } catch {
            // It is tried again, and the next call tells what is wrong.
        }
    }
}
