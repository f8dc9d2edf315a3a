import Crypto
import JOSE
import KeyManagement

extension DeviceKeyAlgorithm {
    /// Octets of an RSA modulus, and so of each ciphertext and each RSA signature.
    static let rsaOctets = rsaBits / 8
    /// Octets that a content key may have (RFC 7518 section 5: 16 to 64).
    static let contentKeyOctets = 16...64

    /// Octets of a signature in the form of JWS.
    var signatureOctets: Int {
        switch self {
        case .es256: 64
        case .es384: 96
        case .rs256, .ps256, .rsaOAEP256: Self.rsaOctets
        }
    }

    /// What is signed: SHA-256 of the message, for ES384 SHA-384.
    func digest(_ message: [UInt8]) -> [UInt8] {
        self == .es384 ? Array(SHA384.hash(data: message)) : Array(SHA256.hash(data: message))
    }

    /// Whether a public key is of this algorithm's type and size.
    func fits(_ jwk: JWK) -> Bool {
        switch self {
        case .es256: return jwk.keyType == "EC" && jwk.curve == "P-256"
        case .es384: return jwk.keyType == "EC" && jwk.curve == "P-384"
        case .rs256, .ps256, .rsaOAEP256:
            guard jwk.keyType == "RSA",
                let text = jwk.object(includingPrivate: false)["n"]?.stringValue,
                let modulus = try? Base64URL.decode(text), let first = modulus.first
            else { return false }
            return modulus.count == Self.rsaOctets && first >= 0x80
        }
    }

    /// The digest as an argument, checked: a key that opens content keys signs nothing.
    func signing(_ message: [UInt8], _ place: String) throws(ProviderError) -> [UInt8] {
        guard signs else {
            throw ProviderError(.notSupported, "\(place) is for RSA-OAEP-256; expected a key that signs")
        }
        return digest(message)
    }

    /// One message for all that is not opened, whatever is wrong with it.
    static func refusal(_ place: String) -> ProviderError { ProviderError(.refused, "\(place) does not open this") }

    /// - Throws: `provider-refused` for what no such key can have made: how long it is, is no secret.
    func checkCiphertext(_ ciphertext: [UInt8], _ place: String) throws(ProviderError) {
        guard self == .rsaOAEP256 else {
            throw ProviderError(.notSupported, "\(place) is for \(rawValue); expected a key for RSA-OAEP-256")
        }
        guard ciphertext.count == Self.rsaOctets else {
            throw Self.refusal(place)
        }
    }
}
