import JOSE

/// Seals and opens tokens as fast as one thread can, beside the bare primitives.
struct TokenBenchmark {
    /// The time of each of a case's four measurements.
    let milliseconds: Int

    /// One combination of algorithms.
    struct Case {
        let name: String
        let signature: String
        let keyManagement: String
        let curve: String?
        let primitives: BarePrimitives
    }

    /// What came out for one combination, in operations per second.
    struct Row {
        let name: String
        let tokenBytes: Int
        let seal: Double
        let bareSeal: Double
        let open: Double
        let bareOpen: Double

        var json: JSONValue {
            [
                "name": .string(name), "token_bytes": .integer(Int64(tokenBytes)),
                "seal": rate(seal), "seal_bare": rate(bareSeal), "seal_ratio": ratio(bareSeal / seal),
                "open": rate(open), "open_bare": rate(bareOpen), "open_ratio": ratio(bareOpen / open),
            ]
        }

        private func rate(_ value: Double) -> JSONValue { .integer(Int64(value.rounded())) }
        private func ratio(_ value: Double) -> JSONValue { .number((value * 100).rounded() / 100) }
    }

    func run(_ progress: (String) -> Void) throws -> [Row] {
        try Self.cases().map { one in
            progress(one.name)
            return try measure(one)
        }
    }

    static func table(_ rows: [Row]) -> String {
        var table = TextTable(
            ["TOKEN", "OCTETS", "SEAL/S", "BARE/S", "RATIO", "OPEN/S", "BARE/S", "RATIO"], alignRight: Set(1...7))
        for row in rows {
            table.append([
                row.name, String(row.tokenBytes), count(row.seal), count(row.bareSeal),
                Decimals.text(row.bareSeal / row.seal, places: 2),
                count(row.open), count(row.bareOpen), Decimals.text(row.bareOpen / row.open, places: 2),
            ])
        }
        return table.lines.joined(separator: "\n")
    }

    private static func cases() throws -> [Case] {
        [
            Case(
                name: "asymmetric: ECDH-ES X25519, A256GCM, ES256", signature: "ES256", keyManagement: "ECDH-ES",
                curve: "X25519", primitives: BarePrimitives(recipient: try .x25519(), signature: .es256())),
            Case(
                name: "symmetric: A256KW, A256GCM, HS256", signature: "HS256", keyManagement: "A256KW", curve: nil,
                primitives: BarePrimitives(recipient: try .keyWrap(), signature: .hs256())),
            Case(
                name: "dir, A256GCM, HS256", signature: "HS256", keyManagement: "dir", curve: nil,
                primitives: BarePrimitives(recipient: .direct(), signature: .hs256())),
            Case(
                name: "ECDH-ES P-256, A256GCM, ES256", signature: "ES256", keyManagement: "ECDH-ES", curve: "P-256",
                primitives: BarePrimitives(recipient: try .p256(), signature: .es256())),
            Case(
                name: "ECDH-ES X25519, A256GCM, Ed25519", signature: "Ed25519", keyManagement: "ECDH-ES",
                curve: "X25519", primitives: BarePrimitives(recipient: try .x25519(), signature: .ed25519())),
            Case(
                name: "RSA-OAEP-256, A256GCM, ES256", signature: "ES256", keyManagement: "RSA-OAEP-256", curve: nil,
                primitives: BarePrimitives(recipient: try .rsaOAEP256(), signature: .es256())),
            Case(
                name: "RSA-OAEP-256, A256GCM, RS256", signature: "RS256", keyManagement: "RSA-OAEP-256", curve: nil,
                primitives: BarePrimitives(recipient: try .rsaOAEP256(), signature: try .rs256())),
        ]
    }

    private func measure(_ one: Case) throws -> Row {
        let signingJWK = try JWK.generate(algorithm: one.signature)
        // A key for dir is named by its content encryption.
        let encryptionJWK = try JWK.generate(
            algorithm: one.keyManagement == "dir" ? "A256GCM" : one.keyManagement, curve: one.curve)
        let signing = try SigningKey(signingJWK)
        let encryption = try EncryptionKey(encryptionJWK)
        let decryptionKeys = try KeyDirectory([try DecryptionKey(encryptionJWK)])
        let verificationKeys = try KeyDirectory([try VerificationKey(of: signing)])
        let claims = Self.claims()
        let seal = {
            try NestedToken.seal(
                claims: claims, signingKey: signing, encryptionKey: encryption, contentEncryption: .a256GCM)
        }
        let token = Array(try seal().utf8)
        let inner = try JWT.sign(claims: claims, type: "at+jwt", key: signing).utf8.count
        let bare = try one.primitives.operations(innerBytes: inner)
        let rates = try Stopwatch.rates(
            [
                { _ = try seal() }, bare.seal,
                {
                    _ = try NestedToken.open(
                        token.span, decryptionKeys: decryptionKeys, verificationKeys: verificationKeys,
                        contentEncryption: [.a256GCM])
                }, bare.open,
            ], milliseconds: milliseconds)
        return Row(
            name: one.name, tokenBytes: token.count, seal: rates[0], bareSeal: rates[1], open: rates[2],
            bareOpen: rates[3])
    }

    /// Claims as the authorization server makes them.
    private static func claims() -> [UInt8] {
        let claims: JSONObject = [
            "iss": "https://signet.example", "sub": "reporter", "aud": "https://orders.example",
            "exp": 1_800_000_300, "iat": 1_800_000_000, "jti": "Zm9vYmFyYmF6cXV4MTIzNA", "client_id": "reporter",
            "scope": "orders.read orders.write",
        ]
        return claims.serialized()
    }

    private static func count(_ value: Double) -> String { String(Int64(value.rounded())) }
}
