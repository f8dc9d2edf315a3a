import JOSE
import Store
import Synchronization
import Testing

@testable import KeyManagement

@Suite("A root key's file that is protected in another way")
struct RootKeyProtectingTests {
    let installation: Installation
    let device = SoftwareDevice()

    init() async throws { installation = try await Installation() }

    private var path: String { installation.folder.path }

    @discardableResult
    private func protect(
        by protection: RootKeyProtection, former: RootKeyProtection? = nil
    ) async throws -> RootKeyProtectionChange {
        try await RootKeyFile.protect(
            in: path, by: protection, former: former, database: installation.database, actor: "test",
            clock: installation.time.clock)
    }

    private func opened(_ protection: RootKeyProtection) async throws -> String {
        try await InstalledRootKey.open(
            dataDirectory: path, protection: protection, database: installation.database
        ).key.id
    }

    private static func passphrase(_ text: String) -> RootKeyProtection { .passphrase(SecretBytes(text)) }

    /// Expects an error and that no octet on the disk changed; answers the error.
    private func refusal(
        by protection: RootKeyProtection, former: RootKeyProtection? = nil
    ) async throws -> String? {
        let before = try installation.folder.content("root.key")
        var refusal: String?
        do { try await protect(by: protection, former: former) } catch { refusal = "\(error)" }
        #expect(try installation.folder.content("root.key") == before)
        #expect(try installation.folder.names().filter { $0.hasPrefix("root.key") } == ["root.key"])
        #expect(try await !installation.audit().contains { $0.action == "root-key.protect" })
        return refusal
    }

    // MARK: What is refused

    @Test("stays as it is when nothing given opens it")
    func unopened() async throws {
        let plain = try installation.folder.content("root.key")
        for (protection, former, word) in [
            (RootKeyProtection.none, nil, "root_key.previous.passphrase"),
            (.none, Self.passphrase("wrong"), "root-key-passphrase-wrong"),
            (Self.passphrase("wrong"), nil, "root-key-passphrase-wrong"),
            (.provider(device), .provider(device), "root_key.previous.passphrase"),
        ] as [(RootKeyProtection, RootKeyProtection?, String)] {
            try installation.folder.write(plain, to: "root.key")
            try await RootKeyFile.protect(in: path, by: Self.passphrase("word"), database: nil, actor: "test")
            #expect(try await refusal(by: protection, former: former)?.contains(word) == true, "\(word)")
        }
    }

    @Test("stays as it is while the device does not wrap it, or could not open it again")
    func device() async throws {
        device.fail(.unreachable)
        #expect(try await refusal(by: .provider(device))?.hasPrefix("provider-unreachable") == true)
        device.fail(nil)
        device.state.withLock { $0.isForgetful = true }
        #expect(try await refusal(by: .provider(device))?.hasPrefix("provider-answer-broken") == true)
    }

    @Test("asks for the settings of the device that wrapped it")
    func formerDevice() async throws {
        try await RootKeyFile.protect(in: path, by: .provider(device), database: nil, actor: "test")
        let words = try await refusal(by: .none)
        #expect(words?.contains("root_key.previous.software") == true)
        #expect(try await refusal(by: .none, former: .provider(SoftwareDevice()))?.contains("provider-refused") == true)
    }

    @Test("is not touched when it is the root key of another store, or there is none, or it is in no file")
    func others() async throws {
        let other = try await Installation()
        let own = try installation.folder.content("root.key")
        try installation.folder.write(try other.folder.content("root.key"), to: "root.key")
        #expect(try await refusal(by: Self.passphrase("word"))?.hasPrefix("root-key-foreign") == true)
        try installation.folder.write(own, to: "root.key")
        #expect(try await refusal(by: .given(.random(), previous: nil))?.hasPrefix("root-key-outside") == true)
        let empty = try TemporaryFolder()
        let code = await keyError {
            try await RootKeyFile.protect(in: empty.path, by: .none, database: nil, actor: "test")
        }
        #expect(code == .rootKeyMissing)
        #expect(try empty.names().isEmpty)
    }

    // MARK: What is done

    @Test("opens by what protects it from then on, and by nothing else")
    func around() async throws {
        let id = installation.rootKey.id
        var former = RootKeyProtection.none
        let ways: [(RootKeyProtection, String)] = [
            (Self.passphrase("word"), "passphrase"), (Self.passphrase("other"), "passphrase"),
            (.provider(device), "software"), (.none, "file"),
        ]
        var before = "file"
        for (protection, name) in ways {
            let change = try await protect(by: protection, former: former)
            #expect(change == .init(id: id, before: before, after: name, isChange: true))
            #expect(try await opened(protection) == id)
            if name != before { await #expect(throws: KeyError.self) { try await opened(former) } }
            #expect(try installation.folder.mode("root.key") == 0o600)
            (former, before) = (protection, name)
        }
        let entries = try await installation.audit().filter { $0.action == "root-key.protect" }
        #expect(entries.map(\.target) == Array(repeating: id, count: 4))
        #expect(entries.last?.detail == #"{"from":"software","to":"file"}"#)
    }

    @Test("moves from one device to another of its kind")
    func otherDevice() async throws {
        let next = SoftwareDevice()
        try await protect(by: .provider(device))
        #expect(try await protect(by: .provider(next), former: .provider(device)).isChange)
        device.fail(.unreachable)
        #expect(try await opened(.provider(next)) == installation.rootKey.id)
    }

    @Test("is left alone when it is protected so already, whatever it was before")
    func already() async throws {
        try await protect(by: Self.passphrase("word"))
        let content = try installation.folder.content("root.key")
        let change = try await protect(by: Self.passphrase("word"), former: .provider(device))
        #expect(
            change == .init(id: installation.rootKey.id, before: "passphrase", after: "passphrase", isChange: false))
        #expect(try installation.folder.content("root.key") == content)
        #expect(device.calls == 0)
    }

    @Test("is the one that a rotation was about to put in its place")
    func unfinishedRotation() async throws {
        let old = try installation.folder.content("root.key")
        let next = try await RewrapTests.upkeep(installation).rotateRootKey(actor: "test").id
        try installation.folder.write(try installation.folder.content("root.key"), to: "root.key.new")
        try installation.folder.write(old, to: "root.key")
        #expect(try await protect(by: Self.passphrase("word")).id == next)
        #expect(try await opened(Self.passphrase("word")) == next)
    }
}
