extension RSANumbers {
    /// The RSAPrivateKey structure of RFC 8017 appendix A.1.2 in DER, or nil if there is no private half.
    ///
    /// The library below takes all eight numbers only in this form, and then checks them against each other.
    func pkcs1() -> [UInt8]? {
        guard let secret else { return nil }
        var body = Self.integer([0]) + Self.integer(n) + Self.integer(e)
        for part in [secret.d, secret.p, secret.q, secret.dp, secret.dq, secret.qi] {
            body += Self.integer(part.copied())
        }
        return [0x30] + Self.length(body.count) + body
    }

    /// The same structure, wiped with its last copy.
    func secretPKCS1() -> SecretBytes? {
        guard var der = pkcs1() else { return nil }
        defer { unsafe der.withUnsafeMutableBytes { unsafe wipe($0) } }
        return SecretBytes(der)
    }

    /// The RSAPublicKey structure of RFC 8017 appendix A.1.1 in DER.
    func publicPKCS1() -> [UInt8] {
        let body = Self.integer(n) + Self.integer(e)
        return [0x30] + Self.length(body.count) + body
    }

    /// Reads the RSAPrivateKey structure, as the library below writes it.
    /// - Throws: `key-invalid`.
    init(pkcs1 der: [UInt8]) throws(JOSEError) {
        var reader = DERIntegers(der)
        try reader.openSequence()
        guard try reader.next() == [0] else { throw DERIntegers.malformed }
        n = try reader.next()
        e = try reader.next()
        secret = Secret(
            d: SecretBytes(try reader.next()),
            p: SecretBytes(try reader.next()),
            q: SecretBytes(try reader.next()),
            dp: SecretBytes(try reader.next()),
            dq: SecretBytes(try reader.next()),
            qi: SecretBytes(try reader.next())
        )
    }

    private static func integer(_ magnitude: [UInt8]) -> [UInt8] {
        // A leading bit would make the number negative.
        let content = magnitude.first.map { $0 & 0x80 != 0 } == true ? [0] + magnitude : magnitude
        return [0x02] + length(content.count) + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(truncatingIfNeeded: count)] }
        var octets: [UInt8] = []
        var rest = count
        while rest > 0 {
            octets.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(truncatingIfNeeded: octets.count)] + octets
    }
}

/// Reads unsigned INTEGERs out of a SEQUENCE in DER (X.690).
private struct DERIntegers {
    private var rest: ArraySlice<UInt8>

    static let malformed = JOSEError(.keyInvalid, "expected an RSAPrivateKey in DER")

    init(_ der: [UInt8]) {
        rest = der[...]
    }

    mutating func openSequence() throws(JOSEError) {
        guard rest.popFirst() == 0x30, try length() == rest.count else { throw Self.malformed }
    }

    mutating func next() throws(JOSEError) -> [UInt8] {
        guard rest.popFirst() == 0x02 else { throw Self.malformed }
        let count = try length()
        guard count > 0, count <= rest.count else { throw Self.malformed }
        let content = rest.prefix(count)
        rest = rest.dropFirst(count)
        // A zero octet in front keeps the number positive; the number zero is that octet alone.
        return count > 1 && content.first == 0 ? [UInt8](content.dropFirst()) : [UInt8](content)
    }

    private mutating func length() throws(JOSEError) -> Int {
        guard let first = rest.popFirst() else { throw Self.malformed }
        guard first >= 0x80 else { return Int(first) }
        let octets = Int(first & 0x7F)
        guard (1...3).contains(octets), octets <= rest.count else { throw Self.malformed }
        var count = 0
        for _ in 0..<octets { count = count << 8 | Int(rest.popFirst() ?? 0) }
        return count
    }
}
