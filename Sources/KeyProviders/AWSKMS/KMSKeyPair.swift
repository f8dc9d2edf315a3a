import Crypto
import JOSE
import KeyManagement

/// A key pair of AWS KMS: what it is called there, and how it is asked for things.
struct KMSKeyPair: Sendable, Hashable {
    /// The tag that holds the kid.
    static let tag = "signet-kid"
    /// The shortest time between `ScheduleKeyDeletion` and the end, in days.
    static let pendingDays: Int64 = 7

    let key: KMSKeyName
    let algorithm: DeviceKeyAlgorithm

    /// - Throws: `provider-answer-broken` for a reference that is no key's name.
    init(_ key: DeviceKey) throws(ProviderError) {
        guard let name = KMSKeyName(key.reference) else {
            throw ProviderError(.answerBroken, "what is stored of a key is no ARN of a key of AWS KMS")
        }
        self.init(key: name, algorithm: key.algorithm)
    }

    init(key: KMSKeyName, algorithm: DeviceKeyAlgorithm) {
        (self.key, self.algorithm) = (key, algorithm)
    }

    /// What `CreateKey` is told. The private half of a key of this origin never leaves KMS.
    static func making(_ algorithm: DeviceKeyAlgorithm, kid: String) -> JSONObject {
        let spec =
            switch algorithm {
            case .es256: "ECC_NIST_P256"
            case .es384: "ECC_NIST_P384"
            case .rs256, .ps256, .rsaOAEP256: "RSA_3072"
            }
        return [
            "KeySpec": .string(spec),
            "KeyUsage": .string(algorithm.signs ? "SIGN_VERIFY" : "ENCRYPT_DECRYPT"),
            "Description": .string("Signet, \(algorithm.rawValue), kid \(kid)"),
            "Tags": .array([.object(["TagKey": .string(tag), "TagValue": .string(kid)])]),
        ]
    }

    /// What `Sign` is told.
    func signing(_ digest: [UInt8]) -> JSONObject {
        let name =
            switch algorithm {
            case .es256: "ECDSA_SHA_256"
            case .es384: "ECDSA_SHA_384"
            case .ps256: "RSASSA_PSS_SHA_256"
            case .rs256, .rsaOAEP256: "RSASSA_PKCS1_V1_5_SHA_256"
            }
        return [
            "Message": .string(Base64.encode(digest)), "MessageType": .string("DIGEST"),
            "SigningAlgorithm": .string(name),
        ]
    }

    /// A signature in the form of JWS; nil for what is none. Of ECDSA it comes in DER, which is read strictly.
    func signature(_ octets: [UInt8]) -> [UInt8]? {
        let signature: [UInt8]?
        switch algorithm {
        case .es256:
            signature = (try? P256.Signing.ECDSASignature(derRepresentation: octets)).map {
                Array($0.rawRepresentation)
            }
        case .es384:
            signature = (try? P384.Signing.ECDSASignature(derRepresentation: octets)).map {
                Array($0.rawRepresentation)
            }
        case .rs256, .ps256, .rsaOAEP256: signature = octets
        }
        return signature?.count == algorithm.signatureOctets ? signature : nil
    }
}
