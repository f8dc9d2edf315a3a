import JOSE
import KeyManagement

/// The public half of a key pair, from what a token says of it.
enum PairPublicHalf {
    /// - Parameters:
    ///   - point: `CKA_EC_POINT`.
    ///   - curve: `CKA_EC_PARAMS`.
    static func elliptic(
        _ algorithm: DeviceKeyAlgorithm, point: [UInt8], curve: [UInt8]
    ) throws(ProviderError) -> JWK {
        guard let size = algorithm.coordinateBytes, curve == algorithm.curve else {
            throw broken("CKA_EC_PARAMS is not the curve of \(algorithm.rawValue)")
        }
        // An OCTET STRING in DER says the specification; some modules leave it out. Their lengths tell them apart.
        let isWrapped = point.count == 2 * size + 3 && point[0] == 0x04 && Int(point[1]) == 2 * size + 1
        let octets = isWrapped ? point.dropFirst(2) : point[...]
        guard octets.count == 2 * size + 1, octets.first == 0x04 else {
            throw broken("CKA_EC_POINT is no uncompressed point of \(size) octets each, but of \(point.count) octets")
        }
        let coordinates = Array(octets.dropFirst())
        return try key([
            ("kty", "EC"), ("crv", algorithm == .es384 ? "P-384" : "P-256"),
            ("x", Base64URL.encode(Array(coordinates.prefix(size)))),
            ("y", Base64URL.encode(Array(coordinates.dropFirst(size)))),
        ])
    }

    /// - Parameters:
    ///   - modulus: `CKA_MODULUS`.
    ///   - exponent: `CKA_PUBLIC_EXPONENT`.
    static func rsa(modulus: [UInt8], exponent: [UInt8]) throws(ProviderError) -> JWK {
        // Big integers have no leading zeros, but some modules write them.
        let modulus = Array(modulus.drop { $0 == 0 })
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard bits == DeviceKeyAlgorithm.rsaBits else {
            throw broken("expected a modulus of \(DeviceKeyAlgorithm.rsaBits) bits, CKA_MODULUS has \(bits)")
        }
        let exponent = Array(exponent.drop { $0 == 0 })
        guard exponent == [1, 0, 1] else { throw broken("CKA_PUBLIC_EXPONENT is not 65537") }
        return try key([("kty", "RSA"), ("n", Base64URL.encode(modulus)), ("e", Base64URL.encode(exponent))])
    }

    /// Checks also that a point is on its curve.
    private static func key(_ members: [(String, String)]) throws(ProviderError) -> JWK {
        do throws(JOSEError) {
            return try JWK(JSONObject(members.map { (name: $0.0, value: .string($0.1)) }))
        } catch {
            throw broken("\(error)")
        }
    }

    private static func broken(_ what: String) -> ProviderError {
        ProviderError(.answerBroken, "the token made a key pair whose public half can't be used: \(what)")
    }
}
