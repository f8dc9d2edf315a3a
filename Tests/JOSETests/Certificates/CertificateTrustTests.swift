import Crypto
import CryptoExtras
import SwiftASN1
import Testing
import X509

@testable import JOSE

@Suite("A certificate chain")
struct CertificateTrustTests {
    typealias Check = CertificateVerdict.Check

    /// The chain is refused at this check, after all before it have passed.
    private func refuse(
        _ chain: [[UInt8]], by trust: CertificateTrust, now: Int64 = TestAuthority.now, at check: Check,
        _ location: SourceLocation = #_sourceLocation
    ) async {
        let verdict = await trust.evaluate(chain, now: now)
        #expect(!verdict.isTrusted && verdict.key == nil, sourceLocation: location)
        let before = Check.allCases.prefix { $0 != check }
        #expect(verdict.steps.map(\.check) == before + [check], sourceLocation: location)
        #expect(verdict.steps.map(\.passed) == before.map { _ in true } + [false], sourceLocation: location)
        let isMalformed = [.size, .form, .order].contains(check)
        #expect(
            verdict.refusal == JOSEError(isMalformed ? .certificateInvalid : .certificateUntrusted, ""),
            sourceLocation: location)
    }

    @Test("is refused when it is empty, too long or too large")
    func size() async throws {
        let authority = try TestAuthority()
        let chain = try authority.chain
        await refuse([], by: try authority.trust(), at: .size)
        await refuse(chain, by: try authority.trust(maximumChainLength: 1), at: .size)
        await refuse([[UInt8]](repeating: chain[0], count: 7), by: try authority.trust(), at: .size)
        await refuse(chain, by: try authority.trust(maximumCertificateBytes: chain[0].count - 1), at: .size)
        #expect(try authority.trust(maximumChainLength: 99).maximumChainLength == 10)
    }

    @Test("is refused when one of it is no certificate")
    func form() async throws {
        let authority = try TestAuthority()
        let chain = try authority.chain
        let trust = try authority.trust()
        let (truncated, key) = ([UInt8](chain[0].dropLast()), try KeyVectors.der("p256", "spki"))
        for bad in [[], [0x30, 0x00], chain[0] + [0], truncated, key] {
            await refuse([bad, chain[1]], by: trust, at: .form)
            await refuse([chain[0], bad], by: trust, at: .form)
        }
    }

    @Test("is refused when it is out of order, has a stranger in it, or somebody twice")
    func order() async throws {
        let authority = try TestAuthority()
        let chain = try authority.chain
        let trust = try authority.trust()
        await refuse([chain[1], chain[0]], by: trust, at: .order)
        let (root, stranger) = (try authority.root.der(), try TestAuthority().leaf.der())
        await refuse([chain[0], root], by: trust, at: .order)
        await refuse([chain[0], stranger], by: trust, at: .order)
        var again = authority.authority
        again.issuer = "authority"
        let twice = try again.der()
        await refuse([chain[0], twice, chain[1]], by: trust, at: .order)
    }

    @Test("is refused when a signature uses SHA-1, or a key is too weak")
    func strength() async throws {
        var authority = try TestAuthority()
        let rsa = Certificate.PrivateKey(try _RSA.Signing.PrivateKey(keySize: .bits2048))
        authority.authority.key = rsa
        authority.leaf.issuerKey = rsa
        #expect(try await authority.trust().evaluate(authority.chain, now: TestAuthority.now).isTrusted)
        authority.leaf.signature = .sha1WithRSAEncryption
        await refuse(try authority.chain, by: try authority.trust(), at: .strength)
        authority.leaf.signature = nil
        // Of low order: it would verify one signature over everything.
        let one: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        authority.leaf.publicKey = .init(try Curve25519.Signing.PublicKey(rawRepresentation: one))
        await refuse(try authority.chain, by: try authority.trust(), at: .strength)
        authority.root.publicKey = authority.leaf.publicKey
        #expect(throws: JOSEError(.keyInvalid, "")) { try authority.trust() }
        // The verifier itself does not take so small a key.
        let small = Certificate.PrivateKey(try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024)))
        authority.leaf.publicKey = small.publicKey
        authority.root.publicKey = nil
        await refuse(try authority.chain, by: try authority.trust(), at: .form)
    }

    @Test("is refused before and after its time, of which the caller's clock alone decides")
    func validity() async throws {
        var authority = try TestAuthority()
        let trust = try authority.trust()
        let chain = try authority.chain
        for now: Int64 in [.min, 0, 999_999, 2_000_001, 4_000_000_000, .max] {
            await refuse(chain, by: trust, now: now, at: .validity)
        }
        for now: Int64 in [1_000_000, 2_000_000] {
            #expect(await trust.evaluate(chain, now: now).isTrusted)
        }
        authority.authority.notAfter = 1_400_000
        await refuse(try authority.chain, by: trust, at: .validity)
        authority.authority.notAfter = 2_000_000
        authority.root.notAfter = 1_400_000
        await refuse(chain, by: try authority.trust(), at: .path)
    }

    @Test("is refused when a key is not for what it did")
    func usage() async throws {
        var authority = try TestAuthority()
        authority.leaf.usage = X509.KeyUsage(keyEncipherment: true)
        await refuse(try authority.chain, by: try authority.trust(), at: .usage)
        authority = try TestAuthority()
        authority.authority.usage = X509.KeyUsage(digitalSignature: true)
        await refuse(try authority.chain, by: try authority.trust(), at: .usage)
        authority.authority.usage = nil
        authority.leaf.usage = nil
        #expect(try await authority.trust().evaluate(authority.chain, now: TestAuthority.now).isTrusted)
    }

    @Test(
        "is refused when its leaf bears none of the names asked for",
        arguments: [
            [], ["leaf"], ["signer.example."], ["*.example"], ["example"], ["HTTPS://signer.example/a"],
            ["Signer@signer.example"], ["https://signer.example"],
        ] as [Set<String>])
    func name(names: Set<String>) async throws {
        let authority = try TestAuthority()
        await refuse(try authority.chain, by: try authority.trust(.named(names)), at: .name)
    }

    @Test(
        "is trusted for each name that its leaf bears",
        arguments: ["signer.example", "SIGNER.example", "https://signer.example/a", "signer@signer.example"])
    func named(name: String) async throws {
        let authority = try TestAuthority()
        let trust = try authority.trust(.named([name, "else.example"]))
        #expect(try await trust.evaluate(authority.chain, now: TestAuthority.now).isTrusted)
        var nameless = authority
        nameless.leaf.names = []
        await refuse(try nameless.chain, by: trust, at: .name)
    }

    @Test("is refused when no signatures lead to a root")
    func path() async throws {
        let authority = try TestAuthority()
        let trust = try authority.trust()
        let other = try TestAuthority()
        await refuse(try other.chain, by: trust, at: .path)
        let otherRoot = try other.root.der()
        await refuse(try other.chain + [otherRoot], by: trust, at: .path)
        let (leaf, otherAuthority) = (try authority.leaf.der(), try other.authority.der())
        await refuse([leaf], by: trust, at: .path)
        await refuse([leaf, otherAuthority], by: trust, at: .path)
        var forged = authority.leaf
        forged.issuerKey = other.authority.key
        let (signedByOther, own) = (try forged.der(), try authority.authority.der())
        await refuse([signedByOther, own], by: trust, at: .path)
        var alone = authority.leaf
        alone.issuer = alone.name
        alone.issuerKey = alone.key
        let selfSigned = try alone.der()
        await refuse([selfSigned], by: trust, at: .path)
    }

    @Test("is refused when the path breaks a constraint: who may issue, how deep, for which names")
    func constraints() async throws {
        var authority = try TestAuthority()
        authority.authority.isAuthority = false
        await refuse(try authority.chain, by: try authority.trust(), at: .path)
        authority = try TestAuthority()
        authority.root.pathLength = 0
        await refuse(try authority.chain, by: try authority.trust(), at: .path)
        authority = try TestAuthority()
        authority.authority.permitted = ["other.example"]
        await refuse(try authority.chain, by: try authority.trust(), at: .path)
        authority.authority.permitted = ["signer.example"]
        #expect(try await authority.trust().evaluate(authority.chain, now: TestAuthority.now).isTrusted)
        authority.leaf.more = [.init(oid: [1, 3, 6, 1, 4, 1, 99999], critical: true, value: [5, 0])]
        await refuse(try authority.chain, by: try authority.trust(), at: .path)
    }

    @Test("that leads to a root gives the leaf's key, and says what was checked")
    func trusted() async throws {
        let authority = try TestAuthority()
        let expected = try #require(authority.leafJWK.publicJWK())
        let chain = try authority.chain
        let root = try authority.root.der()
        for chain in [chain, chain + [root]] {
            let verdict = try await authority.trust().evaluate(chain, now: TestAuthority.now)
            #expect(verdict.steps.map(\.check) == Check.allCases)
            #expect(verdict.steps.allSatisfy { $0.passed && !$0.reason.isEmpty })
            #expect(verdict.isTrusted && verdict.refusal == nil)
            #expect(verdict.key?.thumbprint() == expected.thumbprint())
            #expect(verdict.key?.isPrivate == false && verdict.key?.kid == nil)
        }
    }

    @Test("of one certificate that is a root itself is trusted if that is an authority's")
    func pinned() async throws {
        let authority = try TestAuthority()
        let (root, leaf) = (try authority.root.der(), try authority.leaf.der())
        let trust = try CertificateTrust(roots: [root, leaf], subjects: .anyoneUnderTheseRoots)
        #expect(await trust.evaluate([root], now: TestAuthority.now).isTrusted)
        await refuse([root], by: trust, now: 0, at: .validity)
        await refuse([leaf], by: trust, at: .path)
    }

    @Test("needs roots that are certificates")
    func roots() throws {
        let authority = try TestAuthority()
        let root = try authority.root.der()
        for roots in [[], [[]], [root, [0x30, 0x00]]] as [[[UInt8]]] {
            #expect(throws: JOSEError(.certificateInvalid, "")) {
                try CertificateTrust(roots: roots, subjects: .anyoneUnderTheseRoots)
            }
        }
        let pem = PEMBlock.text(label: "CERTIFICATE", octets: root.span)
        #expect(try CertificateTrust(rootsPEM: pem, subjects: .anyoneUnderTheseRoots).roots.count == 1)
        let (spki, pkcs8) = (try KeyVectors.pem("p256", "spki"), try KeyVectors.pem("p256", "pkcs8"))
        for text in [[], spki, pem + pkcs8] {
            #expect(throws: JOSEError(.pemInvalid, "")) {
                try CertificateTrust(rootsPEM: text, subjects: .anyoneUnderTheseRoots)
            }
        }
    }

    @Test("made by OpenSSL is trusted too", .enabled(if: OpenSSL.isExpected, "openssl is not installed"))
    func peer() async throws {
        let certificate = try KeyVectors.pem("rsa2048", "certificate")
        let trust = try CertificateTrust(rootsPEM: certificate, subjects: .anyoneUnderTheseRoots)
        let verdict = await trust.evaluate([try KeyVectors.der("rsa2048", "certificate")], now: 1_900_000_000)
        #expect(verdict.isTrusted, "\(String(describing: verdict.refusal))")
        #expect(try verdict.key?.thumbprint() == KeyVectors.jwk("rsa2048").thumbprint())
    }
}
