import JOSE

/// What the members of a header mean, in a line each.
enum HeaderMeaning {
    /// The meaning of a member; of one that no specification names, that it has none.
    static func of(_ name: String, _ value: JSONValue) -> String {
        let text = value.stringValue ?? ""
        switch name {
        case "alg": return algorithm(text)
        case "enc": return contentEncryption(text)
        case "epk": return "the sender's ephemeral public key on \(value["crv"]?.stringValue ?? "an unnamed curve")"
        case "typ": return type(text)
        default: return meanings[name] ?? "no registered meaning; passed over unless crit names it"
        }
    }

    private static let meanings = [
        "kid": "the name of the key", "cty": "the type of what is inside", "crit": "extensions that must be understood",
        "b64": "whether the payload is signed as base64url (RFC 7797)", "zip": "how the plaintext is compressed",
        "apu": "who sends, part of the agreed key", "apv": "who receives, part of the agreed key",
        "iv": "the nonce under which the content key is encrypted", "tag": "the tag of the encrypted content key",
        "ek": "the encapsulated secret of HPKE", "psk_id": "the name of a key shared before, for HPKE",
        "p2s": "the salt of the password", "p2c": "how often the password is hashed",
        "jku": "where keys are said to be; never fetched", "jwk": "a key of the token's own; never trusted",
        "x5u": "where certificates are said to be; never fetched",
        "x5c": "certificates of the token's own; not trusted by themselves",
        "x5t": "the SHA-1 thumbprint of a certificate", "x5t#S256": "the SHA-256 thumbprint of a certificate",
    ]

    private static func type(_ text: String) -> String {
        switch text {
        case "at+jwt", "application/at+jwt": "an OAuth access token (RFC 9068)"
        case "JWT", "jwt": "a JSON Web Token (RFC 7519)"
        case "dpop+jwt": "a proof of possession (RFC 9449)"
        case "logout+jwt": "a logout token (OpenID Connect Back-Channel Logout)"
        default: "the type of the whole"
        }
    }

    /// By the parts of the name, which the registered names are put together from.
    static func algorithm(_ name: String) -> String {
        let hash = "SHA-\(name.suffix(3))"
        switch true {
        case name.lowercased() == "none": return "NOT SIGNED: anyone can have written it; always refused"
        case name == "dir": return "the recipient's key is itself the content key"
        case name == "RSA1_5": return "RSA with PKCS #1 v1.5 padding; refused, it has a padding oracle"
        case name.hasPrefix("HS"): return "HMAC with \(hash): whoever can check it can make it"
        case name.hasPrefix("RS") && name.count == 5: return "RSA signature, PKCS #1 v1.5 padding, \(hash)"
        case name.hasPrefix("PS"): return "RSA signature, PSS padding, \(hash)"
        case name.hasPrefix("ES256K"): return "ECDSA on secp256k1 with SHA-256"
        case name.hasPrefix("ES"):
            return "ECDSA on P-\(name.hasSuffix("512") ? "521" : String(name.suffix(3))) with \(hash)"
        case name.hasPrefix("Ed"): return "Edwards-curve signature"
        case name.hasPrefix("ML-DSA"): return "post-quantum signature (FIPS 204)"
        case name == "ECDH-ES": return "ECDH with an ephemeral key gives the content key"
        case name.hasPrefix("ECDH-ES+"): return "ECDH with an ephemeral key gives a key that wraps the content key"
        case KeyManagementAlgorithm(rawValue: name)?.isExperimental ?? false:
            return "HPKE encrypts the content\(name.hasSuffix("-KE") ? " key" : " itself"); experimental"
        case name.hasPrefix("RSA-OAEP"): return "the content key is encrypted by RSA, OAEP padding"
        case name.hasPrefix("PBES2"): return "the content key is wrapped by a key made from a password"
        case name.hasSuffix("GCMKW"): return "the content key is encrypted by AES-GCM under a shared key"
        case name.hasSuffix("KW"): return "the content key is wrapped by AES under a shared key"
        default: return "not supported here"
        }
    }

    private static func contentEncryption(_ name: String) -> String {
        switch true {
        case ContentEncryptionAlgorithm(rawValue: name) == nil: "not supported here"
        case name.hasSuffix("GCM"): "AES-GCM with a key of \(name.dropFirst().prefix(3)) bits"
        default: "AES-CBC with a key of \(name.dropFirst().prefix(3)) bits, and HMAC over all"
        }
    }
}
