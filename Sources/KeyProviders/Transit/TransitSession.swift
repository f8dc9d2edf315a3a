import JOSE
import KeyManagement

/// A client token, kept in memory only.
struct TransitSession: Sendable {
    /// Each has its own, by which a refused one is told from the one that came after it.
    let number: Int
    let token: SecretBytes
    var lease: TransitLease
    /// Whether the server did not tell about the token: it does not know it, or the token may not ask.
    var isDoubtful = false
    /// Whether the server has shown, when its health was looked at, that it knows the token.
    var wasKnown = false
    /// Whether it is good for a number of requests only.
    var isCounted = false

    /// Reads the `auth` of a login or a renewal with status 200.
    /// - Throws: `provider-answer-broken`.
    init(number: Int, answer: TransitAnswer, at now: Int64, _ place: String) throws(ProviderError) {
        let auth = try answer.member("auth", place)
        let text = auth["client_token"]?.stringValue ?? ""
        if text.isEmpty, auth["mfa_requirement"]?.objectValue != nil {
            throw ProviderError(.denied, "\(place) asks for a second factor: use a role that needs none")
        }
        guard let token = TransitSecret.trimmed(Array(text.utf8)),
            let seconds = auth["lease_duration"]?.integerValue, let renewable = auth["renewable"]?.boolValue,
            let lease = TransitLease(seconds: seconds, isRenewable: renewable, start: now)
        else {
            throw ProviderError(.answerBroken, "\(place): expected client_token, lease_duration and renewable")
        }
        self.number = number
        self.token = token
        self.lease = lease
        isCounted = (auth["num_uses"]?.integerValue ?? 0) > 0
    }

    /// A token that was given, with the answer to `GET auth/token/lookup-self`.
    /// - Throws: `provider-answer-broken`.
    init(number: Int, token: SecretBytes, answer: TransitAnswer, at now: Int64, _ place: String) throws(ProviderError) {
        self.number = number
        self.token = token
        guard answer.status == 200 else {
            // A token without the policy `default` may not ask; whether it may use the key is told by the key.
            lease = TransitLease(unknownSince: now)
            isDoubtful = true
            return
        }
        let data = try answer.member("data", place)
        guard let seconds = data["ttl"]?.integerValue,
            let lease = TransitLease(
                seconds: seconds, isRenewable: data["renewable"]?.boolValue ?? false, start: now)
        else {
            throw ProviderError(.answerBroken, "\(place): expected ttl")
        }
        self.lease = lease
        isCounted = (data["num_uses"]?.integerValue ?? 0) > 0
    }
}
