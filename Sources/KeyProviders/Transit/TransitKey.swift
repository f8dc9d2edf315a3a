import JOSE
import KeyManagement

/// What the server says about its key.
struct TransitKey: Sendable, Hashable {
    /// The types that authenticate associated data.
    static let types = ["aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305", "aes128-gcm96"]

    let type: String
    let latestVersion: Int64
    /// Versions below this open nothing.
    let minimumVersion: Int64
    let encrypts: Bool
    let decrypts: Bool
    let isDerived: Bool
    let isDeleted: Bool

    /// Reads the answer to `GET MOUNT/keys/KEY` with status 200.
    /// - Throws: `provider-answer-broken`.
    init(_ answer: TransitAnswer, _ place: String) throws(ProviderError) {
        let data = try answer.member("data", place)
        guard let type = data["type"]?.stringValue,
            let latest = data["latest_version"]?.integerValue, latest >= 1,
            let minimum = data["min_decryption_version"]?.integerValue,
            let encrypts = data["supports_encryption"]?.boolValue,
            let decrypts = data["supports_decryption"]?.boolValue,
            let derived = data["derived"]?.boolValue
        else {
            throw ProviderError(
                .answerBroken,
                "\(place): expected type, latest_version, min_decryption_version, supports_encryption, "
                    + "supports_decryption, derived")
        }
        self.type = type
        (latestVersion, minimumVersion) = (latest, minimum)
        (self.encrypts, self.decrypts, isDerived) = (encrypts, decrypts, derived)
        // Only OpenBao has it.
        isDeleted = data["soft_deleted"]?.boolValue ?? false
    }

    /// - Throws: `provider-key-disabled` for a key that can't wrap.
    func check(_ place: String) throws(ProviderError) {
        guard !isDeleted else {
            throw ProviderError(.keyDisabled, "\(place) is soft-deleted: restore it (POST …/soft-delete-restore)")
        }
        guard encrypts, decrypts, Self.types.contains(type) else {
            let expected = Self.types.joined(separator: ", ")
            throw ProviderError(
                .keyDisabled, "\(place) is of type \(type.prefix(40)), expected one of \(expected): use another key")
        }
        guard !isDerived else {
            throw ProviderError(.keyDisabled, "\(place) derives keys (derived: true): use one that does not")
        }
    }

    /// Why the key does not open a ciphertext.
    func refusal(of ciphertext: TransitCiphertext, _ place: String) -> ProviderError {
        do throws(ProviderError) { try check(place) } catch { return error }
        let version = ciphertext.version
        if version < minimumVersion {
            return ProviderError(
                .keyDisabled,
                "\(place): this was wrapped by version \(version), and min_decryption_version is \(minimumVersion): "
                    + "set it to \(version) or less")
        }
        if version > latestVersion {
            return ProviderError(
                .refused,
                "\(place) has version \(latestVersion) at most, and this was wrapped by version \(version): "
                    + "was the key made anew, or is the server an older copy?")
        }
        return ProviderError(.refused, "\(place) does not open this")
    }
}
