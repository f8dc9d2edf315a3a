import JOSE
import Store
import Synchronization
import Testing

@testable import KeyManagement

@Suite("Keys that a device has sealed, sealed by its newest key")
struct DeviceRewrapTests {
    static let ring = RingSpec(
        owner: .api("orders"), purpose: .encryption, algorithm: "ECDH-ES", curve: "X25519", custody: .deviceSealed)

    let installation: Installation
    let device = SoftwareDevice()
    let keys: KeyStore

    init() async throws {
        installation = try await Installation()
        keys = Self.store(installation, device)
        let prepared = try await keys.prepareKeys(for: [Self.ring])
        try await keys.using(prepared) { [keys] in try keys.ensureRing(Self.ring, prepared: prepared, on: $0) }
    }

    private static func store(_ installation: Installation, _ device: SoftwareDevice?) -> KeyStore {
        KeyStore(
            database: installation.database, sealer: installation.sealer, clock: installation.time.clock, device: device
        )
    }

    private func rewrap(_ keys: KeyStore? = nil) async throws -> RewrapProgress {
        let upkeep = try await RewrapTests.upkeep(installation, keys: keys ?? self.keys)
        _ = try await upkeep.startRewrap(actor: "test")
        return try await RewrapTests.finish(upkeep)
    }

    /// How a process that starts now fails to open the sealed keys.
    private func failures(_ device: SoftwareDevice) async throws -> [ProviderError.Code] {
        let keys = Self.store(installation, device)
        _ = try await keys.load()
        return try await keys.openClosedKeys().map(\.reason.code)
    }

    private func sealed(_ kid: String) async throws -> [UInt8]? {
        try await installation.database.read { try KeyRows.version(kid: kid, on: $0)?.sealed }
    }

    private func kid() async throws -> String { try #require(try await installation.active(Self.ring)).kid }

    @Test("outlive its older versions after a rewrap, and not before it")
    func newestVersion() async throws {
        try await installation.ensure(Installation.ordersRing)
        // One that is out of use still has its private half: it may be asked for.
        let first = try await kid()
        try await keys.revoke(kid: first, actor: "test", reason: "test")
        device.rotate()
        let end = try await rewrap()
        #expect((end.state, end.total, end.done, end.failed) == (.done, 5, 5, 0))
        device.forgetOldVersions()
        #expect(try await failures(device).isEmpty)
        #expect(try await keys.wrapAnew(kid: first) == nil)
        device.rotate()
        device.forgetOldVersions()
        #expect(try await failures(device) == [.keyDisabled])
    }

    @Test("are opened as they are now by a process that had not opened them before")
    func closed() async throws {
        device.fail(.unreachable)
        let other = Self.store(installation, device)
        _ = try await other.load()
        device.fail(nil)
        device.rotate()
        #expect(try await rewrap(other).state == .done)
        device.forgetOldVersions()
        #expect(try await other.openClosedKeys().isEmpty)
    }

    @Test("stay as they are while the device does not do it, are told, and follow with the next run")
    func away() async throws {
        device.rotate()
        device.fail(.unreachable)
        let end = try await rewrap()
        #expect((end.state, end.failed) == (.incomplete, 1))
        #expect(end.failures == [.init(table: "key_version", row: try await kid(), code: "provider-unreachable")])
        device.fail(nil)
        #expect(try await failures(device).isEmpty)
        #expect(try await rewrap().state == .done)
        device.forgetOldVersions()
        #expect(try await failures(device).isEmpty)
        #expect(try await RewrapTests.dataKeys(installation).count == 1)
    }

    @Test("are not given up for what the device can't open again")
    func forgetful() async throws {
        device.state.withLock { $0.isForgetful = true }
        let kid = try await kid()
        let before = try await sealed(kid)
        #expect(try await keys.wrapAnew(kid: kid) == "provider-answer-broken")
        #expect(try await sealed(kid) == before)
        #expect(try await failures(device).isEmpty)
    }

    @Test("of another device, or of none, are told as such")
    func otherDevice() async throws {
        let kid = try await kid()
        for other in [nil, SoftwareDevice(kind: "other")] {
            #expect(try await Self.store(installation, other).wrapAnew(kid: kid) == "key-device-missing")
        }
    }

    @Test("stay destroyed when that happens meanwhile")
    func destroyed() async throws {
        let kid = try await kid()
        device.state.withLock { state in
            state.whenWrapping = { [installation] in
                try? await installation.execute("UPDATE key_version SET sealed = NULL WHERE kid = ?", [.text(kid)])
            }
        }
        #expect(try await keys.wrapAnew(kid: kid) == nil)
        #expect(try await sealed(kid) == nil)
    }

    @Test("that are damaged are told once, and keep no other from being done")
    func damaged() async throws {
        let prepared = try await keys.prepareKeys(for: [DeviceRingTests.sealedSigning])
        try await keys.using(prepared) { [keys] in
            try keys.ensureRing(DeviceRingTests.sealedSigning, prepared: prepared, on: $0)
        }
        let kid = try await kid()
        var octets = try #require(try await sealed(kid))
        octets[octets.count - 1] ^= 1
        try await installation.execute(
            "UPDATE key_version SET sealed = ? WHERE kid = ?", [.blob(octets), .text(kid)])
        device.rotate()
        let end = try await rewrap()
        #expect(end.failures == [.init(table: "key_version", row: kid, code: "seal-broken")])
        #expect(device.state.withLock { state in state.wrapped.values.contains { $0.version == 2 } })
    }
}
