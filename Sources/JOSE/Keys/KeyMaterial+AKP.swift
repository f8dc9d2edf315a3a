internal import Crypto

extension KeyMaterial {
    /// Reads the members of `kty` `AKP` (RFC 9964 section 3): `alg`, which has to be there, `pub`, and for a private key
    /// `priv`, the seed.
    static func algorithmPair(_ object: JSONObject) throws(JOSEError) -> KeyMaterial {
        guard let name = object["alg"]?.stringValue else { throw invalid("expected alg in a key of type AKP") }
        guard let algorithm = SignatureAlgorithm(name: name), let count = algorithm.akpPublicBytes else {
            throw invalid(RefusedAlgorithm.refusal(of: name, for: "keys of type AKP").reason)
        }
        let pub = try octets("pub", of: object, count: count)
        guard let seed = try secret("priv", of: object, count: mlDSASeedBytes) else {
            return .algorithmPair(algorithm, pub: pub, seed: nil)
        }
        guard case .algorithmPair(_, let derived, _) = try mlDSA(algorithm, seed: seed), derived == pub else {
            throw invalid("priv does not belong to pub")
        }
        return .algorithmPair(algorithm, pub: pub, seed: seed)
    }

    /// Octets of the seed of every ML-DSA key pair (FIPS 204 section 3.6.3).
    static let mlDSASeedBytes = 32

    /// The key pair that comes from a seed.
    static func mlDSA(_ algorithm: SignatureAlgorithm, seed: SecretBytes) throws(JOSEError) -> KeyMaterial {
        do {
            switch algorithm {
            case .mlDSA65:
                let pub = try MLDSA65.PrivateKey(secret: seed).publicKey.rawRepresentation
                return .algorithmPair(algorithm, pub: [UInt8](pub), seed: seed)
            case .mlDSA87:
                let pub = try MLDSA87.PrivateKey(secret: seed).publicKey.rawRepresentation
                return .algorithmPair(algorithm, pub: [UInt8](pub), seed: seed)
            default: throw invalid("\(algorithm.rawValue) has no keys of type AKP")
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw invalid("priv is no seed")
        }
    }
}
