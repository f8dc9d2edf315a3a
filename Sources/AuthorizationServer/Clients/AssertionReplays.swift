import Crypto
import Store

/// Remembers which client assertions were used, until they expire by themselves; in the store, so that a restart forgets
/// none.
struct AssertionReplays: Sendable {
    let commits: GroupCommit

    /// Notes the use of an assertion.
    ///
    /// - Returns: false when it was used before.
    func use(client: String, jti: String, until expiry: Timestamp) async throws -> Bool {
        let name = Array(SHA256.hash(data: Array("\(client)\n\(jti)".utf8)))
        return try await commits.submit { connection in
            let inserted = try connection.execute(
                "INSERT INTO used_assertion (digest, expires_at) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
                [.blob(name), .timestamp(expiry)])
            return inserted == 1
        }
    }
}
