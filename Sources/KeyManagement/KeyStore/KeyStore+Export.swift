package import JOSE
import Store

extension KeyStore {
    /// A version's private key, encrypted to somebody's public key: for escrow, or to move it elsewhere.
    ///
    /// - Parameter recipient: a public key for RSA-OAEP or ECDH-ES. One that says no algorithm is used with RSA-OAEP-256 or
    ///   ECDH-ES+A256KW. A shared secret is refused: it would have come here in the clear.
    /// - Returns: a compact JWE (A256GCM) with `cty` `jwk+json` around the private JWK.
    /// - Throws: `kid-unknown`, `key-transition-refused` when the private half is gone, `key-recipient-invalid` for a key
    ///   that nothing can be encrypted to, `seal-broken`, `stored-key-invalid` and their like for a damaged row.
    package func export(kid: String, to recipient: JWK, actor: String) async throws -> String {
        let key = try Self.encryptionKey(recipient)
        let now = clock.now()
        return try await database.write { [self] connection in
            guard let version = try KeyRows.version(kid: kid, on: connection) else {
                throw KeyError(.kidUnknown, "no key version has this kid")
            }
            guard version.ring.custody == .local else {
                throw KeyError(
                    .keyNotExportable,
                    "the keys of \(version.ring.id) are in a device or sealed by one: they stay with it")
            }
            guard let sealed = version.sealed else {
                throw KeyError(.transitionRefused, "the private half of this key version has been destroyed")
            }
            let secret = try opened(version, sealed)
            var text = unsafe secret.withUnsafeBytes { unsafe [UInt8]($0) }
            defer { wipe(&text) }
            let token: String
            do throws(JOSEError) {
                token = try JWE.encrypt(
                    text, header: ["cty": "jwk+json"], key: key, contentEncryption: .a256GCM)
            } catch {
                throw KeyError(.recipientInvalid, "nothing can be encrypted to the key given: \(error.reason)")
            }
            try KeyAudit(
                at: now, actor: actor, action: "key.export", version: version,
                more: ["recipient": .string(recipient.thumbprint())]
            ).append(to: connection)
            return token
        }
    }

    /// What is exported is a key, or nothing is: who keeps it may need it when there is no other.
    private func opened(_ version: StoredVersion, _ sealed: [UInt8]) throws(KeyError) -> SecretBytes {
        do throws(KeyError) {
            let secret = try sealer.open(sealed, row: version.place)
            _ = try ParsedKey(secret: secret, kid: version.kid, ring: version.ring)
            return secret
        } catch {
            throw KeyError(
                error.code,
                "\(error.reason): restore the store from a backup, or give the ring another key by signet keys revoke "
                    + version.kid)
        }
    }

    private static func encryptionKey(_ recipient: JWK) throws(KeyError) -> EncryptionKey {
        let algorithm: KeyManagementAlgorithm
        switch recipient.keyType {
        case "RSA": algorithm = .rsaOAEP256
        case "EC", "OKP": algorithm = .ecdhESA256KW
        default: throw KeyError(.recipientInvalid, "expected a public key for RSA-OAEP or ECDH-ES to encrypt to")
        }
        do throws(JOSEError) {
            var members = recipient.object(includingPrivate: false)
            if members["alg"] == nil { members["alg"] = .string(algorithm.rawValue) }
            return try EncryptionKey(try JWK(members))
        } catch {
            throw KeyError(.recipientInvalid, "nothing can be encrypted to the key given: \(error.reason)")
        }
    }
}
