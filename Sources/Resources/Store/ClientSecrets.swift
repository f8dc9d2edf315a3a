import Crypto
package import JOSE
import Store

/// A client secret at the only moment when it can be read.
package struct IssuedSecret: Sendable {
    /// The client's name.
    package let client: String
    /// The secret as the client sends it: 43 characters of base64url over 256 random bits.
    package let secret: SecretBytes

    /// The secret as text. Whoever asks shows it to its owner and forgets it.
    package var revealed: String {
        // The buffer is alive for the length of the call and is copied into the string.
        unsafe secret.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

/// The digests of clients' secrets. 256 random bits need no slow hash: there is nothing to guess.
package enum ClientSecrets {
    /// The digest that is stored for a secret: SHA-256 of its octets.
    package static func digest(_ secret: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: secret))
    }

    /// Whether `secret` is the one behind `digest`. The time taken tells nothing about either.
    package static func matches(_ secret: [UInt8], digest: [UInt8]) -> Bool {
        SecretBytes(Self.digest(secret)) == SecretBytes(digest)
    }

    static func digests(on connection: any SQLConnection) throws(StoreError) -> [String: [UInt8]] {
        var digests: [String: [UInt8]] = [:]
        for row in try connection.query("SELECT client, digest FROM client_secret") {
            digests[try row.text("client")] = try row.blob("digest")
        }
        return digests
    }

    static func exists(_ client: String, on connection: any SQLConnection) throws(StoreError) -> Bool {
        try !connection.query("SELECT client FROM client_secret WHERE client = ?", [.text(client)]).isEmpty
    }

    static func remove(_ client: String, on connection: any SQLConnection) throws(StoreError) {
        let removed = try connection.execute("DELETE FROM client_secret WHERE client = ?", [.text(client)])
        if removed > 0 { try connection.noteChange(.resources) }
    }

    /// Makes a secret in place of the one there may be.
    static func issue(
        _ client: String, actor: String, at now: Timestamp, on connection: any SQLConnection
    ) throws(StoreError) -> IssuedSecret {
        let random = SecretBytes.random(count: 32)
        // The buffer is alive for the length of the call.
        let text = unsafe random.withUnsafeBytes { unsafe Base64URL.encode(Array($0)) }
        let octets = Array(text.utf8)
        try connection.execute(
            """
            INSERT INTO client_secret (client, digest, created_at) VALUES (?, ?, ?)
            ON CONFLICT (client) DO UPDATE SET digest = excluded.digest, created_at = excluded.created_at
            """,
            [.text(client), .blob(digest(octets)), .timestamp(now)])
        try AuditLog.append(
            AuditEntry(at: now, actor: actor, action: "client.secret", target: "Client \(client)"), to: connection)
        try connection.noteChange(.resources)
        return IssuedSecret(client: client, secret: SecretBytes(octets))
    }
}

extension ResourceStore {
    /// Makes a new secret for a client; the old one stops working at once.
    ///
    /// - Throws: ``ResourceError``: `resource-not-found`; `conflict` when the client proves itself by keys.
    package func regenerateSecret(_ client: String, actor: String) async throws -> IssuedSecret {
        let now = clock.now()
        return try await database.write { connection in
            let key = ResourceKey(.client, client)
            guard case .client(let spec)? = try ResourceRows.one(key, on: connection)?.document.content else {
                throw ResourceError(.notFound, "there is no \(key)")
            }
            guard spec.authentication.usesSecret else {
                throw ResourceError(.conflict, "\(key) has no secret: it uses \(spec.authentication.rawValue)")
            }
            return try ClientSecrets.issue(client, actor: actor, at: now, on: connection)
        }
    }
}
