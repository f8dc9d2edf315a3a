import JOSE
import Store
import Testing

@testable import KeyManagement

@Suite("A private key that is given away")
struct KeyExportTests {
    /// What can be wrong with a row, and how it is told.
    enum Damage: CaseIterable, Sendable {
        case changed, cut, ofAnotherDataKey, noKey

        var code: KeyError.Code {
            switch self {
            case .changed: .sealBroken
            case .cut: .sealedMalformed
            case .ofAnotherDataKey: .dataKeyUnknown
            case .noKey: .keyInvalid
            }
        }
    }

    @Test("is whole, or is refused with what is wrong and what to do", arguments: Damage.allCases)
    func damaged(damage: Damage) async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.ordersRing)
        let kid = try #require(try await installation.active(Installation.ordersRing)).kid
        let version = try #require(try await installation.database.read { try KeyRows.version(kid: kid, on: $0) })
        var sealed = try #require(version.sealed)
        switch damage {
        case .changed: sealed[sealed.count - 1] ^= 1
        case .cut: sealed = Array(sealed.prefix(20))
        case .ofAnotherDataKey: sealed[1] ^= 1
        case .noKey: sealed = try installation.sealer.seal(SecretBytes("{}"), row: version.place)
        }
        try await installation.execute("UPDATE key_version SET sealed = ? WHERE kid = ?", [.blob(sealed), .text(kid)])
        let recipient = try JWK.generate(algorithm: "ECDH-ES")
        let error = await #expect(throws: KeyError.self) {
            try await installation.keys.export(kid: kid, to: recipient, actor: "test")
        }
        #expect(error?.code == damage.code)
        #expect(error?.reason.contains("backup") == true && error?.reason.contains("signet keys revoke \(kid)") == true)
        if damage != .noKey { #expect(error?.reason.contains("the private key of key_version") == true) }
        #expect(try await !installation.audit().contains { $0.action == "key.export" })
    }
}
