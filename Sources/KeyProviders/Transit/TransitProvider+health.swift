import JOSE
package import KeyManagement
import Synchronization

/// Whether the server would do what it is used for.
extension TransitProvider {
    package func checkHealth() async throws(ProviderError) {
        try await checkServer()
        let (session, isNew) = try await sessions.forHealth()
        // Each question would take one away.
        guard !session.isCounted else { return }
        // A token that was given has just been asked about itself.
        let isKnown = isNew && session.isDoubtful ? false : try await sessions.isKnown(session)
        let answer = try await connection.ask(
            "GET", path("keys", isKeyExpected ? nil : nobodysKey), token: session.token)
        guard isKnown || answer.status != 403 else { return try await checkRefusal(of: session, answer) }
        await sessions.noteKnown(session)
        switch answer.status {
        case 200: if isKeyExpected { try TransitKey(answer, place).check(place) }
        // The token may do other things: what it is used for is told when it is used.
        case 403: return
        // A missing mount or namespace is told in words, a missing key by silence.
        case 404 where answer.complaint.isEmpty: if isKeyExpected { throw missingKey }
        default: throw failure(answer, "read on \(path("keys"))")
        }
    }

    private func checkServer() async throws(ProviderError) {
        // Health is the server's, of no namespace, and needs no token.
        let answer = try await connection.ask(
            "GET", "sys/health?standbyok=true&perfstandbyok=true", inNamespace: false)
        let address = settings.address
        // Here 429 is a standby, unless it comes with an error: then it is a quota.
        if answer.status == 429, answer.complaint.isEmpty {
            throw ProviderError(.unreachable, "\(address): the server is a standby that can't work (status 429)")
        }
        guard answer.status == 200 else { throw answer.failure(address) }
        guard answer.object?["initialized"]?.boolValue == true, answer.object?["sealed"]?.boolValue == false else {
            throw ProviderError(.answerBroken, "\(address): expected initialized and not sealed with status 200")
        }
    }

    /// The token may neither look at itself nor read a key: either it is refused, or it may do nothing of that.
    private func checkRefusal(of session: TransitSession, _ answer: TransitAnswer) async throws(ProviderError) {
        // A login that was never known to do more has been accepted all the same, and another would be no wiser.
        guard !settings.credentials.isLogin || session.wasKnown else { return }
        if try await sessions.replacement(of: session) == nil { throw refusal(of: session, answer) }
    }

    /// Whether a key that wraps must be there. Its name has a default, and profile `kms` needs none.
    private var isKeyExpected: Bool { settings.isKeyNeeded || hasWrapped.load(ordering: .relaxed) }

    /// The name of no key, which the policy for key pairs lets a token look for.
    private var nobodysKey: String { settings.keyPrefix + "health" }
}
