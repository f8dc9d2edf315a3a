import Crypto
import JOSE
package import Store

/// The admin credential: 256 random bits in a file of the data directory, of which the store keeps the digest.
///
/// The file is for the operator; the program never reads it back once the store has the digest, so that moving it away
/// is allowed and editing it gains nothing.
package struct AdminCredentials: Sendable {
    /// The file with the credential, mode 0600.
    package static let tokenFile = "admin.token"
    /// The file with the code for the first owner's sign-up, mode 0600.
    package static let setupFile = "setup.code"

    /// The migrations of this module.
    package static let migrations = [
        Migration(
            id: "admin-001",
            statements: [
                """
                CREATE TABLE admin_credential (
                    name TEXT NOT NULL PRIMARY KEY,
                    digest BYTEA NOT NULL,
                    created_at BIGINT NOT NULL,
                    used_at BIGINT
                )
                """
            ])
    ]

    private let digest: SecretBytes

    /// Loads the credential's digest. At the first start it makes the two files in `dataDirectory`.
    ///
    /// A file from a start that was interrupted, or kept from an earlier store, is taken over if only its owner can read
    /// it.
    ///
    /// - Throws: ``AdminError`` when a file can't be written, or is readable by others; `StoreError`.
    package static func open(
        dataDirectory: String, database: any Database, clock: WallClock = .system
    ) async throws -> AdminCredentials {
        let token = try await ensure(
            "admin", file: "\(dataDirectory)/\(tokenFile)", database: database, clock: clock, make: randomToken)
        _ = try await ensure(
            "setup", file: "\(dataDirectory)/\(setupFile)", database: database, clock: clock, make: SetupCode.random)
        return AdminCredentials(digest: SecretBytes(token))
    }

    /// Whether a presented credential is the right one. The time taken tells nothing about either.
    package func accepts(_ presented: String) -> Bool {
        SecretBytes(Self.digest(presented)) == digest
    }

    private static func ensure(
        _ name: String, file: String, database: any Database, clock: WallClock, make: () -> String
    ) async throws -> [UInt8] {
        if let digest = try await stored(name, in: database) { return digest }
        // The file comes first: if the program dies in between, the next start takes the file over.
        let text = try CredentialFile.readOrCreate(file, make: make)
        let (digest, now) = (digest(text), clock.now())
        try await database.write { connection in
            try connection.execute(
                "INSERT INTO admin_credential (name, digest, created_at) VALUES (?, ?, ?)",
                [.text(name), .blob(digest), .timestamp(now)])
            try AuditLog.append(
                AuditEntry(at: now, actor: "system", action: "credential.create", target: name), to: connection)
        }
        return digest
    }

    private static func stored(_ name: String, in database: any Database) async throws -> [UInt8]? {
        try await database.read { connection in
            try connection.query("SELECT digest FROM admin_credential WHERE name = ?", [.text(name)]).first?
                .blob("digest")
        }
    }

    private static func digest(_ text: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(text.utf8)))
    }

    private static func randomToken() -> String {
        // The buffer is alive for the length of the call.
        unsafe SecretBytes.random(count: 32).withUnsafeBytes { unsafe Base64URL.encode(Array($0)) }
    }
}

/// Codes that people type: 100 random bits in Crockford's base 32, in groups.
enum SetupCode {
    static func random() -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<4).map { _ in
            String(decoding: (0..<5).map { _ in alphabet[Int(generator.next() % 32)] }, as: UTF8.self)
        }
        return groups.joined(separator: "-")
    }
}
