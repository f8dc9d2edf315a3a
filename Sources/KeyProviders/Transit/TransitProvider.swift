import Egress
package import JOSE
package import KeyManagement
import Synchronization

/// The transit secrets engine of HashiCorp Vault and OpenBao.
///
/// The context is transit's `associated_data`. What `wrap` answers is the text of transit's ciphertext, which names the
/// version of the key: a key may be rotated there at any time.
package final class TransitProvider: KeyProvider {
    package let kind = TransitKind.name
    package let place: String
    package let capabilities: ProviderCapabilities = [.wrapping, .authenticatedContext, .keys]

    let settings: TransitSettings
    let connection: TransitConnection
    private let farewell: TransitConnection
    let calls: DeviceCalls
    let sessions: TransitSessions
    /// Whether the key that wraps is in use, whoever named it.
    let hasWrapped = Atomic(false)

    convenience init(_ settings: TransitSettings) {
        self.init(
            settings, transport: TransitConnection.overNetwork(settings.trust, timeout: .seconds(10)),
            farewell: TransitConnection.overNetwork(settings.trust, timeout: .seconds(2)))
    }

    /// - Parameters:
    ///   - farewell: carries what is said at the end, which must not take long.
    ///   - now: monotonic milliseconds.
    init(
        _ settings: TransitSettings, transport: @escaping TransitConnection.Transport,
        farewell: @escaping TransitConnection.Transport, limits: DeviceCalls.Limits = DeviceCalls.Limits(),
        now: @escaping @Sendable () -> Int64 = TransitProvider.milliseconds
    ) {
        self.settings = settings
        place = settings.place
        let (address, namespace) = (settings.address, settings.namespace)
        connection = TransitConnection(address: address, namespace: namespace, transport: transport)
        self.farewell = TransitConnection(address: address, namespace: namespace, transport: farewell)
        calls = DeviceCalls(to: settings.place, limits: limits)
        sessions = TransitSessions(settings, connection, calls, now: now)
    }

    package var statistics: ProviderStatistics { calls.statistics }

    package func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8] {
        hasWrapped.store(true, ordering: .relaxed)
        return try await calls.call(.wrap) { () throws(ProviderError) in
            // `encrypt` makes a key of the name that it does not find: so it is looked for first.
            guard let key = try await self.key() else { throw self.missingKey }
            try key.check(self.place)
            let body = Self.body("plaintext", secret, context)
            let answer = try await self.ask("POST", "encrypt/\(self.settings.key)", body: body)
            guard answer.status == 200 else { throw self.failure(answer, "update on \(self.path("encrypt"))") }
            guard let text = try answer.member("data", self.place)["ciphertext"]?.stringValue,
                let ciphertext = TransitCiphertext(text)
            else {
                throw ProviderError(.answerBroken, "\(self.place): expected a ciphertext that begins with vault:v")
            }
            return Array(ciphertext.text.utf8)
        }
    }

    package func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes {
        guard let ciphertext = TransitCiphertext(wrapped) else {
            throw ProviderError(.refused, "what was wrapped is no ciphertext of transit")
        }
        hasWrapped.store(true, ordering: .relaxed)
        return try await calls.call(.unwrap) { () throws(ProviderError) in
            let answer = try await self.ask(
                "POST", "decrypt/\(self.settings.key)", body: Self.body(ciphertext, context))
            if answer.status == 400 { throw try await self.refusal(of: ciphertext, answer) }
            guard answer.status == 200 else { throw self.failure(answer, "update on \(self.path("decrypt"))") }
            // The text that the JSON reader made of it is the one copy that is beyond wiping.
            guard let text = try answer.member("data", self.place)["plaintext"]?.stringValue,
                let secret = Base64.secret(text)
            else {
                throw ProviderError(.answerBroken, "\(self.place): expected a plaintext in Base64")
            }
            return secret
        }
    }

    package func close() async { await sessions.close(farewell) }

    /// Monotonic milliseconds since some moment of this process.
    static func milliseconds() -> Int64 {
        let passed = (ContinuousClock.now - origin).components
        return passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000
    }

    private static let origin = ContinuousClock.now
}

// MARK: Requests

extension TransitProvider {
    func path(_ operation: String, _ key: String? = nil) -> String {
        "\(settings.mount)/\(operation)/\(key ?? settings.key)"
    }

    /// Sends a request with a client token; with another one if the server refuses the first, which may have been revoked,
    /// or ended before its lease said so.
    ///
    /// - Parameter operation: what follows the mount.
    func ask(
        _ method: String, _ operation: String, body: SecretBytes? = nil
    ) async throws(ProviderError) -> TransitAnswer {
        let path = "\(settings.mount)/\(operation)"
        let (session, isNew) = try await sessions.current()
        let answer = try await connection.ask(method, path, token: session.token, body: body)
        guard answer.status == 403 else { return answer }
        if !isNew, let other = try await sessions.replacement(of: session) {
            return try await connection.ask(method, path, token: other.token, body: body)
        }
        // It says the same of a token that is no more and of one that may not do this.
        var isRefused = session.isDoubtful
        if !isRefused, !isNew { isRefused = (try? await sessions.isKnown(session)) == false }
        guard !isRefused else { throw refusal(of: session, answer) }
        return answer
    }

    /// For a token that the server does not know, or not any more.
    func refusal(of session: TransitSession, _ answer: TransitAnswer) -> ProviderError {
        let why =
            session.isDoubtful
            ? "it is wrong, has expired or was revoked, or may do nothing here" : "it has expired or was revoked"
        return ProviderError(
            .denied, "\(place): the token is refused\(answer.quoted): \(why); check token or token_file")
    }

    /// Signet makes no key that wraps. Whether there was one that has wrapped something is not known here.
    var missingKey: ProviderError {
        ProviderError(
            .keyMissing,
            "there is no key \(place): if it has wrapped anything put it back from a backup of the server, for another one of "
                + "this name opens nothing of that; or correct key, mount or namespace; for a first start make it "
                + "(write \(path("keys")) type=aes256-gcm96)")
    }

    /// What the server says about the key; nil when there is none.
    private func key() async throws(ProviderError) -> TransitKey? {
        let answer = try await ask("GET", "keys/\(settings.key)")
        switch answer.status {
        case 200: return try TransitKey(answer, place)
        // A missing mount or namespace is told in words, a missing key by silence.
        case 404 where answer.complaint.isEmpty: return nil
        default: throw failure(answer, "read on \(path("keys"))")
        }
    }

    /// - Parameter place: what messages call the key; nil for the one that wraps.
    func failure(_ answer: TransitAnswer, _ permission: String, _ place: String? = nil) -> ProviderError {
        let place = place ?? self.place
        guard answer.status == 403 else { return answer.failure(place) }
        return ProviderError(
            .denied,
            "\(place): permission denied\(answer.quoted): a policy of the token must grant \(permission); the answer is the "
                + "same for a wrong key, mount or namespace")
    }

    /// Why a ciphertext was not opened: the server says 400 to a missing key and to a wrong context alike.
    private func refusal(
        of ciphertext: TransitCiphertext, _ answer: TransitAnswer
    ) async throws(ProviderError) -> ProviderError {
        do throws(ProviderError) {
            guard let key = try await key() else {
                return ProviderError(
                    .keyMissing,
                    "there is no key \(place): nothing else opens what it wrapped; put it back from a backup of the "
                        + "server, or correct key, mount or namespace")
            }
            let refusal = key.refusal(of: ciphertext, place)
            return ProviderError(refusal.code, refusal.reason + answer.quoted)
        } catch {
            guard error.code == .denied else { throw error }
            return ProviderError(
                .refused,
                "\(place) does not open this\(answer.quoted), and the token may not read the key, which would tell more"
            )
        }
    }

    /// `{"plaintext":…,"associated_data":…}`; Base64 needs no escapes.
    private static func body(_ name: String, _ secret: SecretBytes, _ context: WrapContext) -> SecretBytes {
        body(name, room: Base64.length(of: secret.count), context) {
            Base64.append(secret, to: &$0)
        }
    }

    private static func body(_ ciphertext: TransitCiphertext, _ context: WrapContext) -> SecretBytes {
        body("ciphertext", room: ciphertext.text.utf8.count, context) { $0.append(contentsOf: ciphertext.text.utf8) }
    }

    private static func body(
        _ name: String, room: Int, _ context: WrapContext, _ append: (inout [UInt8]) -> Void
    ) -> SecretBytes {
        let octets = context.octets
        var text: [UInt8] = []
        // Enough for all of it: what grows is moved, and leaves a copy behind.
        text.reserveCapacity(64 + name.utf8.count + room + Base64.length(of: octets.count))
        text.append(contentsOf: #"{"\#(name)":""#.utf8)
        append(&text)
        text.append(contentsOf: #"","associated_data":""#.utf8)
        Base64.append(octets.span, to: &text)
        text.append(contentsOf: #""}"#.utf8)
        return SecretBytes(wiping: text)
    }
}
