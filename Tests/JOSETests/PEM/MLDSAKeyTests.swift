import Testing

@testable import JOSE

/// RFC 9881.
@Suite("An ML-DSA key in PKCS#8")
struct MLDSAKeyTests {
    private typealias Tag = DERWriter.Tag

    private static let seed = [UInt8](0..<32)

    private static let cases: [(pair: KeyPairAlgorithm, oid: [UInt8], name: String)] = [
        (.mlDSA65, [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12], "mldsa65"),
        (.mlDSA87, [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13], "mldsa87"),
    ]

    private static func pkcs8(
        _ oid: [UInt8], parameters: [UInt8] = [], publicHalf: [UInt8]? = nil, _ body: (inout DERWriter) -> Void
    ) -> [UInt8] {
        var writer = DERWriter()
        writer.append(Tag.sequence) { writer in
            writer.append(Tag.integer, [publicHalf == nil ? 0 : 1])
            writer.append(Tag.sequence) { writer in
                writer.append(0x06, oid)
                writer.append(encoded: parameters)
            }
            writer.append(Tag.octetString, body)
            if let publicHalf { writer.append(Tag.implicit(1), [0] + publicHalf) }
        }
        return writer.octets
    }

    private static func both(_ seed: [UInt8], _ expanded: [UInt8]) -> (inout DERWriter) -> Void {
        { writer in
            writer.append(Tag.sequence) { writer in
                writer.append(Tag.octetString, seed)
                writer.append(Tag.octetString, expanded)
            }
        }
    }

    /// What begins like the expanded form of the key of `name`.
    private static func expanded(_ pair: KeyPairAlgorithm, _ name: String) throws -> [UInt8] {
        guard case .algorithmPair(_, let pub, _) = try KeyVectors.jwk(name).material else { return [] }
        return [UInt8](pub.prefix(32)) + [UInt8](repeating: 0, count: pair.expandedBytes - 32)
    }

    @Test("is refused when it holds the expanded key alone, and says why", arguments: [0, 1])
    func expandedOnly(index: Int) throws {
        let (pair, oid, name) = Self.cases[index]
        let expanded = try Self.expanded(pair, name)
        let der = Self.pkcs8(oid) { $0.append(Tag.octetString, expanded) }
        let refused = #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(der: der) }
        #expect(refused?.reason.contains("seed") == true)
    }

    @Test("is read by its seed when it holds both, and refused when they are of two keys", arguments: [0, 1])
    func both(index: Int) throws {
        let (pair, oid, name) = Self.cases[index]
        var expanded = try Self.expanded(pair, name)
        let key = try KeyVectors.jwk(name)
        #expect(expanded.count == (index == 0 ? 4032 : 4896))
        #expect(try JWK(der: Self.pkcs8(oid, Self.both(Self.seed, expanded))) == key)
        for wrong in [[UInt8](expanded.dropLast()), expanded + [0], []] {
            let der = Self.pkcs8(oid, Self.both(Self.seed, wrong))
            #expect(throws: JOSEError(.derInvalid, "")) { try JWK(der: der) }
        }
        expanded[31] ^= 1
        let spoiled = Self.pkcs8(oid, Self.both(Self.seed, expanded))
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(der: spoiled) }
    }

    @Test("is refused with a seed of another length, with parameters, and in other tags", arguments: [0, 1])
    func shape(index: Int) throws {
        let (_, oid, name) = Self.cases[index]
        let good = Self.pkcs8(oid) { $0.append(Tag.implicit(0), Self.seed) }
        #expect(try JWK(der: good) == KeyVectors.jwk(name))
        #expect(try KeyVectors.der(name, "pkcs8") == good)
        for seed in [[], [UInt8](Self.seed.dropLast()), Self.seed + [0]] {
            let der = Self.pkcs8(oid) { $0.append(Tag.implicit(0), seed) }
            #expect(throws: JOSEError(.derInvalid, "")) { try JWK(der: der) }
        }
        let parameters = Self.pkcs8(oid, parameters: [5, 0]) { $0.append(Tag.implicit(0), Self.seed) }
        #expect(throws: JOSEError(.derInvalid, "")) { try JWK(der: parameters) }
        let explicit = Self.pkcs8(oid) { $0.append(Tag.explicit(0)) { $0.append(Tag.octetString, Self.seed) } }
        #expect(throws: JOSEError(.derInvalid, "")) { try JWK(der: explicit) }
        for tag in [Tag.implicit(1), Tag.integer, Tag.null] {
            let der = Self.pkcs8(oid) { $0.append(tag, Self.seed) }
            #expect(throws: JOSEError(.derInvalid, "")) { try JWK(der: der) }
        }
        let longer = Self.pkcs8(oid) { writer in
            writer.append(Tag.implicit(0), Self.seed)
            writer.append(Tag.null, [])
        }
        #expect(throws: JOSEError(.derInvalid, "")) { try JWK(der: longer) }
    }

    @Test("may have its public half beside it, if that is its own", arguments: [0, 1])
    func publicHalf(index: Int) throws {
        let (_, oid, name) = Self.cases[index]
        guard case .algorithmPair(_, var pub, _) = try KeyVectors.jwk(name).material else { return }
        let good = Self.pkcs8(oid, publicHalf: pub) { $0.append(Tag.implicit(0), Self.seed) }
        #expect(try JWK(der: good) == KeyVectors.jwk(name))
        pub[0] ^= 1
        for wrong in [pub, [UInt8](pub.dropLast()), []] {
            let der = Self.pkcs8(oid, publicHalf: wrong) { $0.append(Tag.implicit(0), Self.seed) }
            #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(der: der) }
        }
    }

    @Test("of set 44 is refused by its type")
    func otherSet() throws {
        let der = Self.pkcs8([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11]) {
            $0.append(Tag.implicit(0), Self.seed)
        }
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(der: der) }
    }

    @Test("in SubjectPublicKeyInfo is of the set's own length", arguments: [0, 1])
    func publicKey(index: Int) throws {
        let (pair, oid, _) = Self.cases[index]
        for (count, parameters) in [
            (pair.publicBytes - 1, []), (pair.publicBytes + 1, []), (pair.publicBytes, [5, 0]),
        ]
            as [(Int, [UInt8])]
        {
            var writer = DERWriter()
            writer.append(Tag.sequence) { writer in
                writer.append(Tag.sequence) { writer in
                    writer.append(0x06, oid)
                    writer.append(encoded: parameters)
                }
                writer.append(bitString: [UInt8](repeating: 1, count: count))
            }
            let code: JOSEError.Code = parameters.isEmpty ? .keyInvalid : .derInvalid
            #expect(throws: JOSEError(code, "")) { try JWK(der: writer.octets) }
        }
    }

    @Test("signs what its public half, read from PEM, verifies", arguments: ["mldsa65", "mldsa87"])
    func use(name: String) throws {
        let algorithm = name == "mldsa65" ? SignatureAlgorithm.mlDSA65 : .mlDSA87
        let signer = try SigningKey(JWK(pem: KeyVectors.pem(name, "pkcs8")))
        let verifier = try VerificationKey(JWK(pem: KeyVectors.pem(name, "spki")))
        #expect(signer.algorithm == algorithm && verifier.algorithm == algorithm)
        let token = try JWS.sign(payload: octets("hi"), key: signer)
        #expect(try JWS.verify(token, key: verifier).payload == octets("hi"))
        let pem = try KeyVectors.pem(name, "spki")
        #expect(try JWK(pem: pem, algorithm: algorithm.rawValue) == JWK(pem: pem))
        #expect(throws: JOSEError(.keyMismatch, "")) { try JWK(pem: pem, algorithm: "ES256") }
    }
}
