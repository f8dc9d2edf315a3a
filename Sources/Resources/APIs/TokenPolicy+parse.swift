import JOSE
import KeyManagement

extension TokenPolicy {
    /// Reads the `token` field of an API.
    init?(_ value: FieldValue) {
        guard let fields = FieldReader(value) else { return nil }
        let profile = fields.optional("profile", default: .asymmetric) {
            $0.choice(of: Profile.self)
        }
        self.init(profile: profile)
        signing = fields.optional("signing", default: signing) { $0.signingAlgorithm() }
        encryption = fields.optional("encryption", default: encryption) {
            $0.choice(of: KeyManagementAlgorithm.self, among: KeyManagementAlgorithm.forKeys)
        }
        content = fields.optional("content", default: content) { $0.choice(of: ContentEncryptionAlgorithm.self) }
        curve = encryption.isKeyAgreement ? Self.defaultCurve : nil
        if encryption.isKeyAgreement {
            curve = fields.optional("curve", default: Self.defaultCurve) { value in
                value.string(FieldValue.list(Self.curves)) { Self.curves.contains($0) ? $0 : nil }
            }
        } else {
            fields.refuse("curve", "expected no curve with \(encryption.rawValue), whose key has none")
        }
        lifetime = fields.optional("lifetime", default: lifetime) { $0.tokenLifetime() }
        recipient = fields.optional("recipient", default: .gateway) {
            $0.choice(of: Recipient.self, refused: ["resource": "tokens for the resource alone are not supported yet"])
        }
        binding = fields.optional("binding", default: .none) {
            $0.choice(of: Binding.self, refused: Self.laterBindings)
        }
        fields.end()
        checkProfile(fields)
    }

    private static let laterBindings = [
        "dpop": "DPoP is not supported yet", "mtls": "mutual TLS is not supported yet",
    ]

    /// A MAC key can mint, so it may not be the issuer's nor stand where callers expect a signature, and back.
    private func checkProfile(_ fields: FieldReader) {
        switch profile {
        case .kms where DeviceKeyAlgorithm(rawValue: signing.rawValue)?.signs != true:
            fields.value("signing")?.report(
                "expected ES256, ES384, RS256 or PS256 with profile kms, got \(signing.rawValue)")
        case .kms where encryption != .rsaOAEP256:
            fields.value("encryption")?.report(
                "expected RSA-OAEP-256 with profile kms, got \(encryption.rawValue): every kind of device can open that"
            )
        case .asymmetric where signing.isSymmetric, .kmsSealed where signing.isSymmetric:
            fields.value("signing")?.report(
                "expected a signature algorithm with profile \(profile.rawValue), got \(signing.rawValue), "
                    + "which belongs to profile symmetric")
        case .symmetric where !signing.isSymmetric:
            fields.value("signing")?.report(
                "expected HS256, HS384 or HS512 with profile symmetric, got \(signing.rawValue)")
        case .symmetric where !encryption.isSymmetric:
            fields.value("encryption")?.report(
                "expected dir or a key wrapping with profile symmetric, got \(encryption.rawValue)")
        default:
            break
        }
    }
}

extension FieldValue {
    fileprivate func signingAlgorithm() -> SignatureAlgorithm? {
        // The older, polymorphic name of the same signature (RFC 8037, replaced by RFC 9864).
        if case .string("EdDSA") = node.value { return .ed25519 }
        return choice(of: SignatureAlgorithm.self)
    }

    fileprivate func tokenLifetime() -> ResourceDuration? {
        guard let value = duration(in: TokenPolicy.lifetimes) else { return nil }
        guard value.milliseconds % 1000 == 0 else {
            fail(expected: "whole seconds")
            return nil
        }
        return value
    }
}
