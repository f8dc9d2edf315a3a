import JOSE

/// One layer of a token as people read it: its header with what each member means, its sizes, and how its key is
/// reached.
struct TokenLayerText {
    let title: String
    let headers: [JOSEHeader]
    let sizes: String
    let key: String

    /// A JWE.
    init(_ token: DecodedJWE, serialization: TokenSerialization) {
        title = "JWE, \(serialization.rawValue)"
        headers = token.headers
        let keys = token.encryptedKeyBytes.map(String.init).joined(separator: " and ")
        var sizes =
            "encrypted key \(keys), initialisation vector \(Self.count(token.nonceBytes)), "
            + "ciphertext \(Self.count(token.ciphertextBytes)), tag \(Self.count(token.tagBytes)) octets"
        if let aad = token.additionalData { sizes += ", further authenticated data \(aad.count) octets" }
        self.sizes = sizes
        key = token.headers.map(Self.encryptionKey).joined(separator: "; ")
    }

    /// A JWS.
    init(_ token: DecodedJWS, serialization: TokenSerialization) {
        title = "JWS, \(serialization.rawValue)"
        headers = token.headers
        let signatures = token.signatureBytes.map(String.init).joined(separator: " and ")
        sizes = "payload \(token.payload.count), signature \(signatures) octets"
        key = token.headers.map { "\(Self.named($0)) checks the signature" }.joined(separator: "; ")
    }

    var lines: [String] {
        var lines: [String] = []
        for (index, header) in headers.enumerated() {
            if headers.count > 1 { lines.append("  \(index + 1) of \(headers.count):") }
            var table = TextTable([])
            for (part, mark) in [(header.protected, ""), (header.unprotected, " (UNPROTECTED)")] {
                for (name, value) in part {
                    let shown = value.stringValue.map(KeyChoice.quoted) ?? Self.short(value)
                    table.append(["  \(name)", shown, HeaderMeaning.of(name, value) + mark])
                }
            }
            lines += table.lines.dropFirst()
        }
        return lines + ["  sizes: \(sizes)", "  key: \(key)"]
    }

    var json: JSONValue {
        [
            "form": .string(title),
            "headers": .array(
                headers.map { header in
                    var object: JSONObject = ["protected": .object(header.protected)]
                    if !header.unprotected.isEmpty { object["unprotected"] = .object(header.unprotected) }
                    var meanings = JSONObject()
                    for (name, value) in header.members {
                        meanings[name] = .string(HeaderMeaning.of(name, value))
                    }
                    object["meanings"] = .object(meanings)
                    return .object(object)
                }),
            "sizes": .string(sizes), "key": .string(key),
        ]
    }

    private static func encryptionKey(_ header: JOSEHeader) -> String {
        let owner = named(header)
        let content = header.contentEncryption.map(KeyChoice.quoted) ?? "no enc"
        guard let name = header.algorithm, let algorithm = KeyManagementAlgorithm(rawValue: name) else {
            return "no way to a key: alg is \(header.algorithm.map(KeyChoice.quoted) ?? "missing")"
        }
        guard !algorithm.isIntegrated else {
            return "\(owner) opens the content by HPKE (\(name)), without content key"
        }
        guard algorithm.isKeyAgreement else {
            return algorithm == .dir ? "\(owner) is the content key" : "\(owner) opens the content key (\(name))"
        }
        let curve = header["epk"]?["crv"]?.stringValue.map(KeyChoice.quoted) ?? "no curve"
        let exchange = "epk (\(curve)) and \(owner) agree; Concat KDF with SHA-256 for"
        return algorithm == .ecdhES
            ? "\(exchange) \(content) gives the content key" : "\(exchange) \(name) gives the key that unwraps it"
    }

    private static func named(_ header: JOSEHeader) -> String {
        header.keyID.map { "the key \(KeyChoice.quoted($0))" } ?? "a key that the token does not name"
    }

    private static func count(_ octets: Int?) -> String { octets.map(String.init) ?? "malformed" }

    private static func short(_ value: JSONValue) -> String {
        let text = value.serializedString()
        return text.utf8.count <= 40 ? text : String(text.prefix(39)) + "…"
    }
}
