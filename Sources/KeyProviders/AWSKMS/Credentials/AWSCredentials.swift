import JOSE
import KeyManagement

/// An access key of AWS. Its form is checked: what it consists of goes into header fields.
struct AWSCredentials: Sendable, Equatable {
    /// Not secret.
    let accessKeyID: String
    let secretAccessKey: SecretBytes
    let sessionToken: SecretBytes?
    /// Nil for keys that last until somebody deletes them.
    let expiration: AWSTime?
    /// Where they came from, for messages.
    let origin: String

    private static let mostIDBytes = 128
    private static let mostSecretBytes = 256
    private static let mostTokenBytes = 16 * 1024

    /// Nil when the parts are no access key.
    init?(id: String, secret: String, token: String?, expiration: AWSTime? = nil, origin: String) {
        guard Self.isVisible(id, upTo: Self.mostIDBytes), !id.contains(where: { ",/=".contains($0) }),
            Self.isVisible(secret, upTo: Self.mostSecretBytes),
            token.map({ Self.isVisible($0, upTo: Self.mostTokenBytes) }) ?? true
        else { return nil }
        accessKeyID = id
        secretAccessKey = SecretBytes(Array(secret.utf8))
        sessionToken = token.map { SecretBytes(Array($0.utf8)) }
        self.expiration = expiration
        self.origin = origin
    }

    /// Reads the document by which the container's and the instance's endpoint answer.
    init(document: [UInt8], origin: String) throws(ProviderError) {
        guard let object = try? JSONObject(parsing: document), let id = object["AccessKeyId"]?.stringValue,
            let secret = object["SecretAccessKey"]?.stringValue, let token = object["Token"]?.stringValue,
            let expiration = object["Expiration"]?.stringValue.flatMap({ AWSTime($0) }),
            let read = AWSCredentials(id: id, secret: secret, token: token, expiration: expiration, origin: origin)
        else {
            throw ProviderError(
                .answerBroken,
                "\(origin) answered no credentials: expected AccessKeyId, SecretAccessKey, Token and "
                    + "Expiration in JSON")
        }
        self = read
    }

    private static func isVisible(_ text: String, upTo limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}
