import Foundation
import JOSE
import Store
import Synchronization

@testable import KeyManagement

/// A folder that is removed when the test ends.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "signet-keys-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    func content(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    func write(_ content: [UInt8], to name: String, mode: Int = 0o600) throws {
        try? FileManager.default.removeItem(atPath: file(name))
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: mode]
        _ = FileManager.default.createFile(atPath: file(name), contents: Data(content), attributes: attributes)
        try FileManager.default.setAttributes(attributes, ofItemAtPath: file(name))
    }

    func mode(_ name: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: file(name))
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let moment = Mutex(Timestamp(seconds: 1_800_000_000))

    var now: Timestamp { moment.withLock { $0 } }
    var clock: WallClock { WallClock { self.now } }

    func advance(seconds: Int64) { moment.withLock { $0 = $0 + seconds } }
}

/// A new installation in a folder of its own: root key, store, sealer, rings.
struct Installation {
    static let issuerRing = RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "ES256")
    static let ordersRing = RingSpec(
        owner: .api("orders"), purpose: .encryption, algorithm: "ECDH-ES", curve: "X25519")
    static let macRing = RingSpec(owner: .api("orders"), purpose: .mac, algorithm: "HS256")

    static let form = TokenForm(signing: issuerRing, encryption: ordersRing, content: .a256GCM)

    let folder: TemporaryFolder
    let time = TestClock()
    let database: SQLiteDatabase
    let rootKey: RootKey
    let sealer: Sealer
    let keys: KeyStore

    init() async throws {
        try await self.init(in: try TemporaryFolder())
    }

    init(in folder: TemporaryFolder) async throws {
        self.folder = folder
        database = try SQLiteDatabase(path: folder.file("signet.db"))
        try await Migrator.migrate(database, KeyStore.migrations)
        rootKey = try await InstalledRootKey.open(dataDirectory: folder.path, protection: .none, database: database).key
        sealer = try await Sealer(rootKey: rootKey, database: database, clock: time.clock)
        keys = KeyStore(database: database, sealer: sealer, clock: time.clock)
    }

    /// The same store and clock with a key store that has nothing cached.
    func reloaded() -> KeyStore { KeyStore(database: database, sealer: sealer, clock: time.clock) }

    func ensure(_ rings: RingSpec...) async throws {
        try await database.write { [keys] connection in
            for ring in rings { try keys.ensureRing(ring, on: connection) }
        }
    }

    func execute(_ sql: String, _ arguments: [SQLValue] = []) async throws {
        try await database.write { try $0.execute(sql, arguments) }
    }

    func active(_ ring: RingSpec) async throws -> KeyVersion? {
        try await keys.list().first { $0.ring == ring && $0.state == .active }
    }

    func audit() async throws -> [AuditEntry] {
        try await database.read { try AuditLog.page(limit: 1000, on: $0).reversed().map(\.entry) }
    }

    /// A token of the asymmetric profile, as the authorization server makes it.
    func token() async throws -> String {
        let loaded = try await keys.load()
        guard let signing = loaded.signingKey(Self.issuerRing), let encryption = loaded.encryptionKey(Self.ordersRing)
        else { throw KeyError(.ringUnknown, "no active key") }
        return try NestedToken.seal(
            claims: Array(#"{"iss":"test"}"#.utf8), signingKey: signing, encryptionKey: encryption,
            contentEncryption: .a256GCM)
    }

    /// Opens a token as a gateway does with keys loaded now; the error's code if it is refused.
    func refusal(of token: String) async throws -> JOSEError.Code? {
        let loaded = try await keys.load()
        do {
            let keys = loaded.keys(of: Self.form)
            _ = try NestedToken.open(
                token, decryptionKeys: keys.decryption, verificationKeys: keys.verification,
                contentEncryption: [keys.form.content])
            return nil
        } catch {
            return error.code
        }
    }
}

/// The code of the key error that `body` throws, or nil.
func keyError<Result>(_ body: () async throws -> Result) async -> KeyError.Code? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? KeyError)?.code
    }
}

extension SecretBytes {
    init(_ text: String) { self.init(Array(text.utf8)) }

    var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}
