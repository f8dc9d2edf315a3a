import JOSE
import KeyManagement

/// A key pair in the server: what it is called there, and what it can be asked for.
///
/// It has the version 1 for good. If somebody rotates it there, the version that was published goes on being used: a new one
/// would sign what nobody can verify.
struct TransitKeyPair: Sendable, Hashable {
    static let version: Int64 = 1
    /// The most octets of its name.
    static let mostOctets = 256

    let name: String
    let algorithm: DeviceKeyAlgorithm

    /// - Throws: `provider-answer-broken` for a reference that is no name.
    init(_ key: DeviceKey) throws(ProviderError) {
        guard TransitSettings.isSegment(key.reference[...]) else {
            throw ProviderError(.answerBroken, "what is stored of a key is no name of a key of transit")
        }
        self.init(name: key.reference, algorithm: key.algorithm)
    }

    init(name: String, algorithm: DeviceKeyAlgorithm) {
        (self.name, self.algorithm) = (name, algorithm)
    }

    /// Transit's name of the type.
    var type: String {
        switch algorithm {
        case .es256: "ecdsa-p256"
        case .es384: "ecdsa-p384"
        case .rs256, .ps256, .rsaOAEP256: "rsa-3072"
        }
    }

    /// Transit's name of the hash, the last segment of `sign`'s path.
    var hash: String { algorithm == .es384 ? "sha2-384" : "sha2-256" }

    /// What makes it. Nobody can take it out of the server afterwards: neither setting can be changed for the worse unnoticed,
    /// as ``publicJWK(_:_:)`` looks at both.
    var making: JSONObject {
        ["type": .string(type), "exportable": .bool(false), "allow_plaintext_backup": .bool(false)]
    }

    /// What signs a digest.
    func signing(_ digest: [UInt8]) -> JSONObject {
        var members: JSONObject = [
            "input": .string(Base64.encode(digest)), "prehashed": .bool(true), "marshaling_algorithm": .string("jws"),
            "key_version": .integer(Self.version),
        ]
        switch algorithm {
        case .rs256: members["signature_algorithm"] = .string("pkcs1v15")
        case .ps256:
            members["signature_algorithm"] = .string("pss")
            // RFC 7518 section 3.5: as long as the hash. Transit's own choice is the longest that there is room for.
            members["salt_length"] = .string("hash")
        case .es256, .es384, .rsaOAEP256: break
        }
        return members
    }

    /// Reads the answer to `sign` with status 200: `vault:v1:` and base64url.
    /// - Throws: `provider-answer-broken`.
    func signature(_ answer: TransitAnswer, _ place: String) throws(ProviderError) -> [UInt8] {
        let prefix = "vault:v\(Self.version):"
        guard let text = try answer.member("data", place)["signature"]?.stringValue, text.hasPrefix(prefix),
            let signature = try? Base64URL.decode(String(text.dropFirst(prefix.count))),
            signature.count == algorithm.signatureOctets
        else {
            throw ProviderError(
                .answerBroken,
                "\(place): expected a signature of version \(Self.version) with \(algorithm.signatureOctets) octets")
        }
        return signature
    }

    /// Reads the public half from the answer to `GET MOUNT/keys/NAME` with status 200.
    /// - Throws: `provider-answer-broken`, `provider-key-disabled`.
    func publicJWK(_ answer: TransitAnswer, _ place: String) throws(ProviderError) -> JWK {
        let data = try answer.member("data", place)
        guard data["soft_deleted"]?.boolValue != true else { throw Self.softDeleted(place) }
        guard data["type"]?.stringValue == type, data["exportable"]?.boolValue == false,
            data["allow_plaintext_backup"]?.boolValue == false, data["derived"]?.boolValue == false
        else {
            throw ProviderError(
                .keyDisabled,
                "\(place): expected a key of type \(type) that is not exportable, without plaintext backup")
        }
        guard let pem = data["keys"]?.objectValue?["\(Self.version)"]?.objectValue?["public_key"]?.stringValue,
            let jwk = try? JWK(pem: Array(pem.utf8)), !jwk.isPrivate, algorithm.fits(jwk)
        else {
            throw ProviderError(.answerBroken, "\(place): expected a public key for \(algorithm.rawValue) in PEM")
        }
        return jwk
    }

    static func softDeleted(_ place: String) -> ProviderError {
        ProviderError(.keyDisabled, "\(place) is soft-deleted: restore it (POST …/soft-delete-restore)")
    }
}
