import CAllocations
import Crypto
import CryptoExtras
import FoundationEssentials
import Testing

@testable import JOSE

/// What is allocated between the octets of a token and its claims: the results of each step, and nothing else.
@Suite("Allocations")
struct AllocationTests {
    /// The allocations of one run, after runs that have filled caches and made what is made once.
    private func allocations(_ body: () throws -> Void) rethrows -> Int {
        for _ in 0..<3 { try body() }
        allocations_begin()
        defer { _ = allocations_end() }
        try body()
        return Int(allocations_end())
    }

    @Test("Counting counts")
    func counting() {
        var kept: [[UInt8]] = []
        kept.reserveCapacity(100)
        #expect(allocations { kept.append(Array(repeating: 1, count: 64)) } == 1)
    }

    /// A token with its keys, and what each step of opening it starts from.
    private struct Opening {
        let token: [UInt8]
        let decryption: KeyDirectory<DecryptionKey>
        let verification: KeyDirectory<VerificationKey>
        let parts: CompactJWEParts
        let outer: OuterHeader
        let inner: Data
        let innerParts: CompactJWSParts
        let innerHeader: InnerHeader
        let payload: [UInt8]

        init(_ signing: String, _ encryption: String) throws {
            let signingJWK = try JWK.generate(algorithm: signing)
            let encryptionJWK = try JWK.generate(algorithm: encryption)
            decryption = try KeyDirectory([DecryptionKey(encryptionJWK)])
            verification = try KeyDirectory([VerificationKey(signingJWK)])
            let text = #"{"iss":"https://as.example","sub":"reporter","aud":"https://a.example","exp":1900000000}"#
            let sealed = try NestedToken.seal(
                claims: [UInt8](text.utf8), signingKey: SigningKey(signingJWK),
                encryptionKey: EncryptionKey(encryptionJWK))
            let token = [UInt8](sealed.utf8)
            let parts = try CompactJWEParts(token.span)
            let outer = try OuterHeader.read(token.span.extracting(parts.header), decryption, .accessToken)
            let inner = try JWE.open(token.span, parts, outer.parameters, outer.key, outer.contentEncryption)
            let innerParts = try CompactJWSParts(inner.span)
            let header = try InnerHeader.read(inner.span.extracting(innerParts.header), verification, .accessToken)
            payload = try JWS.open(inner.span, innerParts, header.key)
            (self.token, self.parts, self.outer) = (token, parts, outer)
            (self.inner, self.innerParts, innerHeader) = (inner, innerParts, header)
        }
    }

    @Test("Finding the parts of a token and recognising its headers allocate nothing")
    func parts() throws {
        let opening = try Opening("HS256", "A256KW")
        let (token, inner) = (opening.token, opening.inner)
        #expect(try allocations { _ = try CompactJWEParts(token.span) } == 0)
        #expect(try allocations { _ = try CompactJWSParts(inner.span) } == 0)
        let count = try allocations {
            _ = try OuterHeader.read(token.span.extracting(opening.parts.header), opening.decryption, .accessToken)
            _ = try InnerHeader.read(
                inner.span.extracting(opening.innerParts.header), opening.verification, .accessToken)
        }
        #expect(count == 0)
    }

    @Test("A header that is new with each token costs its octets, its tape, the sender's key and what they mean")
    func newHeader() throws {
        let opening = try Opening("ES256", "ECDH-ES")
        let count = try allocations {
            _ = try OuterHeader.read(
                opening.token.span.extracting(opening.parts.header), opening.decryption, .accessToken)
        }
        #expect(count == 4)
    }

    @Test("Reading claims allocates the tape that they are read from")
    func claims() throws {
        let payload = try Opening("HS256", "A256KW").payload
        #expect(try allocations { _ = try JWTClaims(parsing: payload) } == 1)
    }

    @Test("Decoding base64url allocates what was decoded")
    func base64() throws {
        let text = Array(repeating: UInt8(ascii: "A"), count: 1000)
        #expect(try allocations { _ = try Base64URL.decode(text.span) } == 1)
    }

    @Test("Beside what the crypto library allocates, decrypting costs the decoded key and the decoded ciphertext")
    func decryption() throws {
        let wrapping = SymmetricKey(size: .bits256)
        let wrapped = try AES.KeyWrap.wrap(SymmetricKey(size: .bits256), using: wrapping)
        let header = Data(repeating: 7, count: 180)
        let box = try AES.GCM.seal(Data(repeating: 1, count: 300), using: wrapping, authenticating: header)
        let combined = try #require(box.combined)
        let unwrapping = try allocations { _ = try AES.KeyWrap.unwrap(wrapped, using: wrapping) }
        let opening = try allocations {
            _ = try AES.GCM.open(AES.GCM.SealedBox(combined: combined), using: wrapping, authenticating: header)
        }
        #expect(try decrypting(Opening("HS256", "A256KW")) <= unwrapping + opening + 2)
        #expect(try decrypting(Opening("HS256", "A256GCM")) <= opening + 1)
    }

    private func decrypting(_ opening: Opening) throws -> Int {
        try allocations {
            _ = try JWE.open(
                opening.token.span, opening.parts, opening.outer.parameters, opening.outer.key,
                opening.outer.contentEncryption)
        }
    }

    @Test(
        "Opening a token allocates what its steps do, and nothing between them",
        arguments: [("HS256", "A256KW", 15), ("HS256", "A256GCM", 11), ("ES256", "ECDH-ES", 34)])
    func whole(signing: String, encryption: String, most: Int) throws {
        let opening = try Opening(signing, encryption)
        let content: Set<ContentEncryptionAlgorithm> = [.a256GCM]
        let reading = try allocations {
            _ = try OuterHeader.read(
                opening.token.span.extracting(opening.parts.header), opening.decryption, .accessToken)
        }
        let verifying = try allocations {
            _ = try JWS.open(opening.inner.span, opening.innerParts, opening.innerHeader.key)
        }
        let steps = reading + (try decrypting(opening)) + verifying + 1
        let whole = try allocations {
            _ = try NestedToken.open(
                opening.token.span, decryptionKeys: opening.decryption, verificationKeys: opening.verification,
                contentEncryption: content)
        }
        #expect(whole == steps)
        #expect(whole <= most)
    }
}
