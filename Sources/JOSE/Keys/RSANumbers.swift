/// The numbers of an RSA key (RFC 7518 section 6.3), of 2,048 to 8,192 bits.
///
/// The public exponent of a stranger's key may be any odd number from 3 to 33 bits: the paddings here (PKCS #1 v1.5
/// compared whole, PSS, OAEP) do not get weaker by a small one, and old keys have 3 and 17. Keys made here have 65,537.
struct RSANumbers: Sendable {
    /// The private numbers, in the order of RFC 8017 appendix A.1.2.
    struct Secret: Sendable {
        var d: SecretBytes
        var p: SecretBytes
        var q: SecretBytes
        var dp: SecretBytes
        var dq: SecretBytes
        var qi: SecretBytes
    }

    var n: [UInt8]
    var e: [UInt8]
    var secret: Secret?

    init(n: [UInt8], e: [UInt8], secret: Secret?) {
        self.n = n
        self.e = e
        self.secret = secret
    }

    /// The private exponent of a key that came without its primes; they are worked out when the numbers are checked.
    private(set) var loneExponent: SecretBytes?

    /// Reads a JWK's members, which nothing has checked yet. A private key has d and either all or none of p, q, dp, dq and
    /// qi (RFC 7518 section 6.3.2); more than two primes are refused.
    /// - Throws: `key-invalid`.
    init(_ object: JSONObject) throws(JOSEError) {
        n = try Self.number("n", of: object)
        e = try Self.number("e", of: object)
        guard object["oth"] == nil else { throw KeyMaterial.invalid("RSA keys of more than two primes are refused") }
        let names = ["d", "p", "q", "dp", "dq", "qi"]
        let missing = names.filter { object[$0] == nil }
        if missing.count == names.count - 1, object["d"] != nil {
            loneExponent = SecretBytes(try Self.number("d", of: object))
        } else if missing.count < names.count {
            guard missing.isEmpty else {
                throw KeyMaterial.invalid(
                    "a private RSA key needs d and either all or none of p, q, dp, dq and qi; without: \(missing)")
            }
            secret = Secret(
                d: SecretBytes(try Self.number("d", of: object)),
                p: SecretBytes(try Self.number("p", of: object)),
                q: SecretBytes(try Self.number("q", of: object)),
                dp: SecretBytes(try Self.number("dp", of: object)),
                dq: SecretBytes(try Self.number("dq", of: object)),
                qi: SecretBytes(try Self.number("qi", of: object))
            )
        }
    }

    private static func number(_ name: String, of object: JSONObject) throws(JOSEError) -> [UInt8] {
        let number = try KeyMaterial.octets(name, of: object)
        guard let first = number.first, first != 0 else {
            throw KeyMaterial.invalid("\(name) is empty or begins with a zero octet")
        }
        return number
    }
}
