import Testing

@testable import JOSE

@Suite("A key from PEM or DER")
struct KeyImportTests {
    @Test(
        "is refused by its reason",
        arguments: [
            ("refused.encrypted-pkcs8.pem", .keyEncrypted), ("refused.encrypted-sec1.pem", .keyEncrypted),
            ("refused.explicit-curve.pem", .derInvalid), ("refused.rsa-pss.pem", .keyInvalid),
            ("refused.rsa1024.pem", .keyInvalid), ("refused.dh.pem", .keyInvalid),
        ] as [(String, JOSEError.Code)])
    func refused(file: String, code: JOSEError.Code) throws {
        let text = try KeyVectors.octets(file)
        #expect(throws: JOSEError(code, "")) { try JWK(pem: text) }
        #expect(throws: JOSEError(code, "")) { try JWKSet(pem: text) }
    }

    @Test("is refused in DER when it is encrypted")
    func encryptedDER() throws {
        let block = try #require(PEMBlock.read(KeyVectors.octets("refused.encrypted-pkcs8.pem")).first)
        #expect(throws: JOSEError(.keyEncrypted, "")) { try JWK(der: block.octets.copied()) }
    }

    @Test(
        "is refused under a label that is not its own, or none of a key",
        arguments: [
            ("PRIVATE KEY", .derInvalid), ("RSA PUBLIC KEY", .derInvalid), ("CERTIFICATE", .derInvalid),
            ("CERTIFICATE REQUEST", .pemInvalid), ("X509 CERTIFICATE", .pemInvalid), ("public key", .pemInvalid),
            ("PUBLIC KEY ", .pemInvalid), ("PUBLIC\u{A0}KEY", .pemInvalid), ("", .pemInvalid),
            ("ENCRYPTED PRIVATE KEY", .keyEncrypted), ("EC PARAMETERS", .pemInvalid),
        ] as [(String, JOSEError.Code)])
    func labels(label: String, code: JOSEError.Code) throws {
        let text = String(decoding: try KeyVectors.pem("p256", "spki"), as: UTF8.self)
        let parts = text.split(separator: "PUBLIC KEY", omittingEmptySubsequences: false)
        #expect(throws: JOSEError(code, "")) { try JWK(pem: octets(parts.joined(separator: label))) }
    }

    @Test("of one text is one: more are a set")
    func several() throws {
        let two = try KeyVectors.pem("p256", "pkcs8") + KeyVectors.pem("rsa2048", "certificate")
        #expect(throws: JOSEError(.pemInvalid, "")) { try JWK(pem: two) }
        let set = try JWKSet(pem: two)
        #expect(try set.keys == [KeyVectors.jwk("p256"), #require(KeyVectors.jwk("rsa2048").publicJWK())])
        let spoiled = try two + KeyVectors.octets("refused.rsa1024.pem")
        #expect(throws: JOSEError(.keyInvalid, "")) { try JWKSet(pem: spoiled) }
        #expect(throws: JOSEError(.pemInvalid, "")) { try JWKSet(pem: []) }
    }

    @Test("has every member, whichever form it comes in", arguments: KeyVectors.names)
    func members(name: String) throws {
        let expected = try KeyVectors.jwk(name)
        let publicHalf = try #require(expected.publicJWK())
        for (owner, form, suffix) in KeyVectors.files where owner == name {
            let key = try JWK(pem: KeyVectors.pem(name, suffix))
            let isPublic = form == .subjectPublicKeyInfo || form == .rsaPublicKey
            #expect(key == (isPublic ? publicHalf : expected), "\(suffix)")
            #expect(try JWK(der: KeyVectors.der(name, suffix)) == key)
            #expect(try JWK(der: KeyVectors.der(name, suffix), form: form) == key)
        }
        if KeyVectors.certified.contains(name) {
            #expect(try JWK(pem: KeyVectors.pem(name, "certificate")) == publicHalf)
        }
        if name.hasPrefix("p") { #expect(try JWK(pem: KeyVectors.pem(name, "compressed")) == publicHalf) }
    }

    @Test("is written in the very octets that OpenSSL writes")
    func export() throws {
        for (name, form, suffix) in KeyVectors.files {
            let key = try KeyVectors.jwk(name)
            #expect(try key.pem(form) == KeyVectors.pem(name, suffix), "\(name).\(suffix)")
            #expect(try key.der(form) == KeyVectors.der(name, suffix))
        }
    }

    @Test("is not written in a form that it does not come in")
    func exportRefused() throws {
        let rsa = try KeyVectors.jwk("rsa2048")
        let p256 = try KeyVectors.jwk("p256")
        let ed25519 = try KeyVectors.jwk("ed25519")
        let mldsa65 = try KeyVectors.jwk("mldsa65")
        let refused: [(JWK?, [KeyForm])] = [
            (mldsa65, [.ecPrivateKey, .rsaPrivateKey, .rsaPublicKey, .certificate]),
            (mldsa65.publicJWK(), [.privateKeyInfo, .ecPrivateKey, .rsaPrivateKey, .rsaPublicKey, .certificate]),
            (try JWK.generate(algorithm: "HS256"), KeyForm.allCases), (rsa, [.ecPrivateKey, .certificate]),
            (rsa.publicJWK(), [.privateKeyInfo, .rsaPrivateKey, .ecPrivateKey, .certificate]),
            (p256, [.rsaPublicKey, .rsaPrivateKey, .certificate]),
            (p256.publicJWK(), [.privateKeyInfo, .rsaPrivateKey, .ecPrivateKey, .rsaPublicKey, .certificate]),
            (ed25519, [.ecPrivateKey, .rsaPrivateKey, .rsaPublicKey, .certificate]),
            (ed25519.publicJWK(), [.privateKeyInfo, .ecPrivateKey, .rsaPrivateKey, .rsaPublicKey, .certificate]),
        ]
        for (key, forms) in refused {
            let key = try #require(key)
            for form in forms {
                #expect(throws: JOSEError(.keyMismatch, ""), "\(key) as \(form)") { try key.der(form) }
                #expect(throws: JOSEError(.keyMismatch, "")) { try key.pem(form) }
            }
        }
    }

    @Test("takes a name, an algorithm and a use from its caller")
    func description() throws {
        let key = try JWK(pem: KeyVectors.pem("p256", "pkcs8"), kid: "a", algorithm: "ES256", use: "sig")
        #expect(key.kid == "a" && key.algorithm == "ES256" && key.use == "sig")
        #expect(try SigningKey(key).kid == "a")
        let der = try KeyVectors.der("p256", "pkcs8")
        #expect(try JWK(der: der, kid: "a", algorithm: "ES256", use: "sig") == key)
        for kid in ["", String(repeating: "k", count: 513)] {
            #expect(throws: JOSEError(.keyInvalid, "")) { try JWK(der: der, kid: kid) }
        }
    }

    @Test("may have EC PARAMETERS in front of it")
    func parameters() throws {
        #expect(try JWK(pem: KeyVectors.octets("ecparam.sec1.pem")).curve == "P-256")
    }
}

@Suite("A key from DER is checked as a JWK is")
struct ImportedKeyCheckTests {
    private func refuse(_ der: [UInt8], _ name: Comment) {
        #expect(throws: JOSEError(.keyInvalid, ""), name) { try JWK(der: der) }
    }

    /// A good structure with one of its octets changed from the end.
    private func changed(_ name: String, _ suffix: String, fromEnd: Int) throws -> [UInt8] {
        var der = try KeyVectors.der(name, suffix)
        der[der.count - 1 - fromEnd] ^= 1
        return der
    }

    @Test("points lie on their curve", arguments: ["p256", "p384", "p521"])
    func points(name: String) throws {
        refuse(try changed(name, "spki", fromEnd: 0), "y")
        refuse(try changed(name, "sec1", fromEnd: 0), "y in SEC 1")
        refuse(try changed(name, "pkcs8", fromEnd: 0), "y in PKCS#8")
        guard case .elliptic(let curve, let x, let y, _) = try KeyVectors.jwk(name).material else { return }
        for point in [[], [0], [4], [4] + x, [5] + x, [6] + x + y, [7] + x + y, [4] + x + y + [0], [2] + x + [0]] {
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyMaterial(KeyStructure.elliptic(curve, point: point, d: nil))
            }
        }
        // Of the compressed points half lie on no curve.
        let outcomes = (0..<32).map { last in
            try? KeyMaterial(KeyStructure.elliptic(curve, point: [2] + x.dropLast() + [last], d: nil))
        }
        #expect(outcomes.contains { $0 == nil } && outcomes.contains { $0 != nil })
    }

    @Test("private halves are in range and belong to their public halves")
    func halves() throws {
        guard case .elliptic(_, let x, let y, _) = try KeyVectors.jwk("p256").material else { return }
        for octet: UInt8 in [0, 1, 0xFF] {
            let d = SecretBytes([UInt8](repeating: octet, count: 32))
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyMaterial(KeyStructure.elliptic(.p256, point: [4] + x + y, d: d))
            }
        }
        for octet: UInt8 in [0, 0xFF] {
            let d = SecretBytes([UInt8](repeating: octet, count: 32))
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyMaterial(KeyStructure.elliptic(.p256, point: nil, d: d))
            }
        }
        guard case .octetPair(_, let edwards, _) = try KeyVectors.jwk("ed25519").material else { return }
        guard case .octetPair(_, let montgomery, _) = try KeyVectors.jwk("x25519").material else { return }
        for (curve, key) in [(EllipticCurve.ed25519, edwards), (.x25519, montgomery)] {
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyMaterial(KeyStructure.octetPair(curve, x: key, d: SecretBytes([UInt8](repeating: 7, count: 32))))
            }
            for x in [[], key.dropLast(), key + [0]] {
                #expect(throws: JOSEError(.keyInvalid, "")) {
                    try KeyMaterial(KeyStructure.octetPair(curve, x: [UInt8](x), d: nil))
                }
            }
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyMaterial(KeyStructure.octetPair(curve, x: nil, d: nil))
            }
        }
    }

    @Test("no public key is of low order", arguments: JWKTests.weakEdwards)
    func lowOrder(key: String) {
        #expect(throws: JOSEError(.keyInvalid, "")) {
            try KeyMaterial(KeyStructure.octetPair(.ed25519, x: JSONValue.string(key).hex, d: nil))
        }
    }

    @Test("no X25519 key gives zero", arguments: JWKTests.weakMontgomery)
    func zero(key: String) {
        #expect(throws: JOSEError(.keyInvalid, "")) {
            try KeyMaterial(KeyStructure.octetPair(.x25519, x: JSONValue.string(key).hex, d: nil))
        }
    }

    @Test("RSA numbers belong together, and no modulus is small, huge or of the weak kind")
    func rsa() throws {
        for fromEnd in [0, 140, 270, 400, 530, 660] {
            refuse(try changed("rsa2048", "pkcs1", fromEnd: fromEnd), "\(fromEnd) from the end")
        }
        let n = try KeyVectors.der("rsa2048", "rsapublickey")[9..<265]
        let exponent: [UInt8] = [1, 0, 1]
        let weak: [(String, [UInt8], [UInt8])] = [
            ("1024 bits", [UInt8](n.prefix(128)), exponent),
            ("16384 bits", [UInt8](repeating: 0xFF, count: 2048), exponent), ("e = 1", [UInt8](n), [1]),
            ("e = 2", [UInt8](n), [2]), ("an e of 64 bits", [UInt8](n), [UInt8](repeating: 0xFF, count: 8)),
            ("CVE-2017-15361", Self.roca, exponent),
        ]
        for (name, n, e) in weak {
            #expect(throws: JOSEError(.keyInvalid, ""), "\(name)") {
                try KeyMaterial(KeyStructure.rsaPublic(n: n, e: e))
            }
        }
        #expect(throws: Never.self) { try KeyMaterial(KeyStructure.rsaPublic(n: [UInt8](n), e: exponent)) }
    }

    /// 65537^128, of 2,049 bits: like the moduli of the faulty generator a power of 65537 modulo every prime.
    private static let roca: [UInt8] = {
        var number: [UInt8] = [1]
        for _ in 0..<128 {
            // number · 65537 = number · 2^16 + number
            let shifted = number + [0, 0]
            let padded = [UInt8](repeating: 0, count: shifted.count - number.count) + number
            var carry = 0
            var sum: [UInt8] = []
            for (left, right) in zip(shifted.reversed(), padded.reversed()) {
                let total = Int(left) + Int(right) + carry
                sum.insert(UInt8(truncatingIfNeeded: total), at: 0)
                carry = total >> 8
            }
            number = carry > 0 ? [UInt8(carry)] + sum : sum
        }
        return number
    }()
}
