import JOSE
import Store
import Synchronization
import TestLogs
import Testing

@testable import KeyManagement

@Suite("Rings whose keys a device has or seals")
struct DeviceRingTests {
    static let signing = RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "ES256", custody: .device)
    static let encryption = RingSpec(
        owner: .api("orders"), purpose: .encryption, algorithm: "RSA-OAEP-256", custody: .device)
    static let sealedSigning = RingSpec(
        owner: .issuer, purpose: .accessSigning, algorithm: "ES256", custody: .deviceSealed)
    static let sealedEncryption = RingSpec(
        owner: .api("orders"), purpose: .encryption, algorithm: "ECDH-ES", curve: "X25519", custody: .deviceSealed)

    static let inDevice = TokenForm(signing: signing, encryption: encryption, content: .a256GCM)
    static let sealed = TokenForm(signing: sealedSigning, encryption: sealedEncryption, content: .a256GCM)

    let installation: Installation
    let device = SoftwareDevice()

    init() async throws { installation = try await Installation() }

    /// A key store of a process of its own.
    private func store(_ device: SoftwareDevice?) -> KeyStore {
        KeyStore(
            database: installation.database, sealer: installation.sealer, clock: installation.time.clock, device: device
        )
    }

    private func ensure(_ form: TokenForm, _ keys: KeyStore) async throws {
        let rings: Set<RingSpec> = [form.signing, form.encryption]
        let prepared = try await keys.prepareKeys(for: rings)
        try await keys.using(prepared) { connection in
            for ring in rings { try keys.ensureRing(ring, prepared: prepared, on: connection) }
        }
    }

    private func token(_ form: TokenForm, _ loaded: LoadedKeys) async throws -> String {
        let signer = try #require(loaded.signer(form.signing))
        let encryption = try #require(loaded.encryptionKey(form.encryption))
        return try await signer.seal(
            claims: Array(#"{"iss":"test"}"#.utf8), type: "at+jwt", encryptionKey: encryption,
            contentEncryption: form.content)
    }

    /// Nil when the token opens.
    private func failure(_ token: String, _ form: TokenForm, _ loaded: LoadedKeys) async throws -> String? {
        let keys = loaded.keys(of: form)
        let locked = try NestedToken.locate(
            Array(token.utf8).span, decryptionKeys: keys.decryption, contentEncryption: [form.content])
        guard let held = keys.held[locked.encryptionKeyID] else {
            let key = try #require(keys.decryption[locked.encryptionKeyID])
            _ = try locked.open(with: key, verificationKeys: keys.verification)
            return nil
        }
        do throws(HeldKey.Failure) {
            _ = try await held.open(locked, verificationKeys: [keys.verification])
            return nil
        } catch {
            switch error {
            case .device(let error): return error.code.rawValue
            case .token(let error): return error.code.rawValue
            }
        }
    }

    @Test("are told from local ones by their ids", arguments: [KeyCustody.local, .device, .deviceSealed])
    func identifiers(custody: KeyCustody) async throws {
        let ring = RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "ES256", custody: custody)
        #expect(ring.id == "issuer/access-signing/ES256" + (custody == .local ? "" : "/\(custody.rawValue)"))
        try ring.validate()
    }

    @Test("are refused for what no device does, or no loop can wait for")
    func refused() {
        for ring in [
            RingSpec(owner: .issuer, purpose: .forwardSigning, algorithm: "ES256", custody: .device),
            RingSpec(owner: .issuer, purpose: .forwardSigning, algorithm: "ES256", custody: .deviceSealed),
            RingSpec(owner: .api("orders"), purpose: .encryption, algorithm: "A256KW", custody: .device),
            RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "Ed25519", custody: .device),
        ] {
            #expect(throws: KeyError.self, "\(ring.id)") { try ring.validate() }
        }
    }

    @Test("make and open tokens in the device, after a restart too", arguments: [inDevice, sealed])
    func tokens(form: TokenForm) async throws {
        let keys = store(device)
        try await ensure(form, keys)
        let loaded = try await keys.load()
        let token = try await token(form, loaded)
        #expect(try await failure(token, form, loaded) == nil)
        let restarted = try await store(device).load()
        #expect(try await failure(token, form, restarted) == nil)
        #expect(try await failure(try await self.token(form, restarted), form, loaded) == nil)
        // What is published is the public half only.
        #expect(loaded.publishedJWKS.keys.count == 1)
    }

    @Test("leave no private half in the store for keys of the device")
    func nothingStored() async throws {
        let keys = store(device)
        try await ensure(Self.inDevice, keys)
        let versions = try await installation.database.read { try KeyRows.all(on: $0) }
        #expect(versions.count == 2)
        for version in versions {
            let secret = try installation.sealer.open(try #require(version.sealed), row: version.place)
            #expect(secret.text.contains("k-\(version.kid)"))
            for name in ["\"d\"", "\"p\"", "\"k\""] { #expect(!secret.text.contains(name)) }
            #expect(
                await keyError {
                    try await keys.export(kid: version.kid, to: JWK.generate(algorithm: "ECDH-ES"), actor: "t")
                } == .keyNotExportable)
        }
    }

    @Test("fail as unavailable, not as bad tokens, while the device is away")
    func outage() async throws {
        let keys = store(device)
        try await ensure(Self.inDevice, keys)
        let loaded = try await keys.load()
        let token = try await token(Self.inDevice, loaded)
        device.fail(.unreachable)
        #expect(try await failure(token, Self.inDevice, loaded) == "provider-unreachable")
        await #expect(throws: HeldKey.Failure.self) { _ = try await self.token(Self.inDevice, loaded) }
        device.fail(nil)
        #expect(try await failure(token, Self.inDevice, loaded) == nil)
    }

    @Test("that are sealed need the device once, and are opened when it is back")
    func sealedOutage() async throws {
        let keys = store(device)
        try await ensure(Self.sealed, keys)
        let token = try await token(Self.sealed, try await keys.load())
        device.fail(.unreachable)
        // Who has them goes on.
        #expect(try await failure(token, Self.sealed, try await keys.load()) == nil)
        // Who starts now does not.
        let other = store(device)
        let loaded = try await other.load()
        #expect(try await failure(token, Self.sealed, loaded) == "provider-unreachable")
        #expect(try await other.openClosedKeys().count == 2)
        device.fail(nil)
        #expect(try await other.openClosedKeys().isEmpty)
        let later = try await other.load()
        #expect(later.keys(of: Self.sealed).held.isEmpty)
        let calls = device.calls
        #expect(try await failure(token, Self.sealed, later) == nil)
        #expect(device.calls == calls)
    }

    @Test("do not try the device again at every load")
    func oneAttempt() async throws {
        try await ensure(Self.sealed, store(device))
        device.fail(.unreachable)
        let other = store(device)
        _ = try await other.load()
        let calls = device.calls
        _ = try await other.load()
        #expect(device.calls == calls)
    }

    @Test("say what is wrong with a device that is not theirs")
    func otherDevice() async throws {
        try await ensure(Self.inDevice, store(device))
        for (other, words) in [
            (nil, ["software (a device of this process)", "keys.provider names none"]),
            (SoftwareDevice(kind: "other"), ["software (a device of this process)", "is other (a device of this"]),
        ] as [(SoftwareDevice?, [String])] {
            let error = await #expect(throws: KeyError.self) { try await store(other).load() }
            #expect(error?.code == .deviceMissing)
            for word in words { #expect(error?.reason.contains(word) == true, "\(error as Any)") }
        }
        let weak = SoftwareDevice(algorithms: [.es256])
        let ring = RingSpec(owner: .api("bills"), purpose: .encryption, algorithm: "RSA-OAEP-256", custody: .device)
        #expect(await keyError { try await store(weak).prepareKeys(for: [ring]) } == .deviceUnfit)
        #expect(await keyError { try await store(nil).prepareKeys(for: [ring]) } == .deviceMissing)
        let keysOnly = SoftwareDevice(kind: "pkcs11", capabilities: .keys)
        let sealed = RingSpec(owner: .api("bills"), purpose: .encryption, algorithm: "ECDH-ES", custody: .deviceSealed)
        let error = await #expect(throws: KeyError.self) { try await store(keysOnly).prepareKeys(for: [sealed]) }
        #expect(error?.code == .deviceUnfit && error?.reason.contains("set keys.pkcs11.key") == true)
    }

    @Test("are rotated; the old version opens its tokens, and is destroyed in the device at its end")
    func rotation() async throws {
        let keys = store(device)
        try await ensure(Self.inDevice, keys)
        let token = try await token(Self.inDevice, try await keys.load())
        let old = try #require(try await installation.active(Self.encryption))
        let new = try await keys.rotate(.all, actor: "test")
        #expect(new.count == 2)
        #expect(device.names.count == 4)
        #expect(try await failure(token, Self.inDevice, try await keys.load()) == nil)
        installation.time.advance(seconds: KeyTimings.longestUse + 1)
        try await keys.tick()
        installation.time.advance(seconds: KeyTimings.hold + 1)
        device.fail(.unreachable)
        var reported: [RingSpec] = []
        try await keys.tick { ring, _ in reported.append(ring) }
        // It is not forgotten while the device still has it.
        #expect(reported.contains(Self.encryption))
        #expect(try await installation.database.read { try KeyRows.version(kid: old.kid, on: $0)?.sealed } != nil)
        device.fail(nil)
        try await keys.tick()
        #expect(!device.names.contains("k-\(old.kid)"))
        #expect(try await installation.database.read { try KeyRows.version(kid: old.kid, on: $0)?.sealed } == nil)
    }

    @Test("are revoked although the device is away, and get a key when it is back")
    func revocation() async throws {
        let keys = store(device)
        try await ensure(Self.inDevice, keys)
        let old = try #require(try await installation.active(Self.signing))
        device.fail(.unreachable)
        try await keys.revoke(kid: old.kid, actor: "test", reason: "lost")
        #expect(try await installation.active(Self.signing) == nil)
        #expect(try await keys.load().signer(Self.signing) == nil)
        #expect(try await keys.load().isBereft(Self.signing))
        #expect(try await !keys.load().isBereft(Self.encryption))
        try await keys.tick()
        #expect(try await installation.active(Self.signing) == nil)
        device.fail(nil)
        try await keys.tick()
        let new = try #require(try await installation.active(Self.signing))
        #expect(new.kid != old.kid)
        #expect(try await !keys.load().isBereft(Self.signing))
        #expect(try await keys.tick().isEmpty)
    }

    @Test("get that key soon after the device is back, however long ticks are apart", .timeLimit(.minutes(1)))
    func soon() async throws {
        let keys = store(device)
        try await ensure(Self.inDevice, keys)
        let log = CapturedLog()
        var timing = TickTiming()
        timing.interval = .seconds(3600)
        timing.firstPause = .milliseconds(20)
        timing.longestPause = .milliseconds(100)
        let ticking = Task { [timing] in await keys.runTicks(timing: timing, logger: log.logger) }
        defer { ticking.cancel() }
        // Long enough for the first tick to have found nothing.
        try await Task.sleep(for: .milliseconds(200))
        device.fail(.unreachable)
        let old = try #require(try await installation.active(Self.signing))
        try await keys.revoke(kid: old.kid, actor: "test", reason: "lost")
        let calls = device.calls
        while device.calls < calls + 5 { try await Task.sleep(for: .milliseconds(5)) }
        // However often it is tried, that is told once.
        #expect(log.lines.count { $0.contains("not made or destroyed yet") && $0.contains(Self.signing.id) } == 1)
        device.fail(nil)
        while try await installation.active(Self.signing) == nil { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("do not keep who needs a signature waiting beyond its time", .timeLimit(.minutes(1)))
    func signatureWithoutAnswer() async throws {
        let keys = store(device)
        try await ensure(Self.inDevice, keys)
        let loaded = try await keys.load()
        let signer = try #require(loaded.signer(Self.signing))
        let encryption = try #require(loaded.encryptionKey(Self.encryption))
        device.hang()
        do throws(HeldKey.Failure) {
            _ = try await signer.seal(
                claims: Array("{}".utf8), type: "at+jwt", encryptionKey: encryption, contentEncryption: .a256GCM,
                until: .now.advanced(by: .milliseconds(50)))
            Issue.record("a device that hangs has signed")
        } catch {
            guard case .device(let reason) = error else { throw error }
            #expect(reason.code == .unreachable && reason.reason.contains("has not answered in time"))
        }
        // The call does not go on for nobody.
        while device.cancelled == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("are revoked at once although the device hangs, in an emergency too", .timeLimit(.minutes(1)))
    func revocationWithoutAnswer() async throws {
        let keys = store(device)
        try await ensure(Self.inDevice, keys)
        device.hang()
        let old = try #require(try await installation.active(Self.signing))
        let revoking = Task { try await keys.revoke(kid: old.kid, actor: "test", reason: "lost") }
        while try await installation.active(Self.signing) != nil { try await Task.sleep(for: .milliseconds(5)) }
        let replacing = Task {
            try await keys.rotate(.all, actor: "test", mode: .emergency(reason: "leak") { _, _ in })
        }
        while try await installation.active(Self.encryption) != nil { try await Task.sleep(for: .milliseconds(5)) }
        try await revoking.value
        #expect(try await replacing.value.isEmpty)
    }

    @Test("that are sealed do not hold up a start while the device hangs", .timeLimit(.minutes(1)))
    func startWithoutAnswer() async throws {
        try await ensure(Self.sealed, store(device))
        device.hang()
        let begin = ContinuousClock.now
        let loaded = try await store(device).load()
        #expect(ContinuousClock.now - begin < .seconds(20))
        #expect(loaded.keys(of: Self.sealed).held.count == 1)
    }

    @Test("that a request had opened are loaded as local ones")
    func openedByUse() async throws {
        try await ensure(Self.sealed, store(device))
        let token = try await token(Self.sealed, try await store(device).load())
        device.fail(.unreachable)
        let other = store(device)
        let loaded = try await other.load()
        device.fail(nil)
        #expect(try await failure(token, Self.sealed, loaded) == nil)
        let epoch = Mutex(0)
        await installation.database.observeChanges { _ in epoch.withLock { $0 += 1 } }
        _ = try await other.openClosedKeys()
        #expect(epoch.withLock { $0 } == 1)
        #expect(try await other.load().keys(of: Self.sealed).held.isEmpty)
        _ = try await other.openClosedKeys()
        #expect(epoch.withLock { $0 } == 1)
    }

    @Test("leave no key in the device when their transaction fails")
    func failedTransaction() async throws {
        struct Stop: Error {}
        let keys = store(device)
        let prepared = try await keys.prepareKeys(for: [Self.signing, Self.encryption])
        #expect(device.names.count == 2)
        await #expect(throws: Stop.self) {
            try await keys.using(prepared) { connection in
                try keys.ensureRing(Self.signing, prepared: prepared, on: connection)
                throw Stop()
            }
        }
        #expect(device.names.isEmpty)
    }

    @Test("are not moved to another ring, nor to another key of the device, in the store")
    func moved() async throws {
        try await ensure(Self.inDevice, store(device))
        let kids = try await installation.database.read { try KeyRows.all(on: $0).map(\.kid) }
        try await installation.execute(
            "UPDATE key_version SET sealed = (SELECT sealed FROM key_version WHERE kid = ?) WHERE kid = ?",
            [.text(kids[0]), .text(kids[1])])
        let damaged = try await store(device).load().damaged
        #expect(damaged.map(\.kid) == [kids[1]] && damaged.map(\.reason.code) == [.sealBroken])
    }

    @Test("open a token by whichever keys may have signed it, and the device is asked once")
    func severalForms() async throws {
        let keys = store(device)
        try await ensure(Self.inDevice, keys)
        let loaded = try await keys.load()
        let text = Array(try await token(Self.inDevice, loaded).utf8)
        let form = loaded.keys(of: Self.inDevice)
        let locked = try NestedToken.locate(
            text.span, decryptionKeys: form.decryption, contentEncryption: [Self.inDevice.content])
        let held = try #require(form.held[locked.encryptionKeyID])
        let calls = device.calls
        _ = try await held.open(locked, verificationKeys: [KeyDirectory(), form.verification])
        #expect(device.calls == calls + 1)
        await #expect(throws: HeldKey.Failure.self) {
            _ = try await held.open(locked, verificationKeys: [KeyDirectory()])
        }
    }

    @Test("that are sealed and damaged within are told as damaged, and no device is asked for them again")
    func damagedWithin() async throws {
        try await ensure(Self.sealed, store(device))
        let version = try #require(try await installation.active(Self.sealedEncryption))
        try await installation.database.write { [sealer = installation.sealer] connection in
            let stored = try #require(try KeyRows.version(kid: version.kid, on: connection))
            let secret = try sealer.open(try #require(stored.sealed), row: stored.place)
            let text = unsafe secret.withUnsafeBytes { unsafe [UInt8]($0) }
            var document = try DeviceDocument(parsing: text, kid: version.kid)
            guard case .sealed(let wrapped, var jwk) = document.content else { return }
            jwk[jwk.count / 2] ^= 1
            document.content = .sealed(wrapped: wrapped, jwk: jwk)
            let sealed = try sealer.seal(document.serialized(), row: stored.place, on: connection)
            try connection.execute(
                "UPDATE key_version SET sealed = ? WHERE kid = ?", [.blob(sealed), .text(version.kid)])
        }
        let keys = store(device)
        // What the device does not open at once is asked for when it is loaded, and found to be damaged then.
        let loaded = try await keys.load()
        #expect(loaded.damaged.map(\.kid) == [version.kid])
        #expect(loaded.encryptionKey(Self.sealedEncryption) == nil)
        #expect(try await keys.list().first { $0.kid == version.kid }?.damage == .keyInvalid)
        let calls = device.calls
        #expect(try await keys.openClosedKeys().isEmpty)
        #expect(try await keys.load().damaged.map(\.kid) == [version.kid])
        #expect(device.calls == calls)
    }

    @Test("that are sealed live a day, and rotate by themselves")
    func shortLived() async throws {
        let keys = store(device)
        try await ensure(Self.sealed, keys)
        let first = try #require(try await installation.active(Self.sealedEncryption))
        for _ in 0..<(24 * 12) {
            installation.time.advance(seconds: 300)
            try await keys.tick()
        }
        let second = try #require(try await installation.active(Self.sealedEncryption))
        #expect(second.number == first.number + 1)
    }
}
