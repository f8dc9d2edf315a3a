internal import Crypto

extension KeyMaterial {
    /// Checks a key pair of which pub and the seed have the algorithm's own sizes.
    static func checked(
        _ algorithm: SignatureAlgorithm, pub: [UInt8], seed: SecretBytes?
    ) throws(JOSEError) -> KeyMaterial {
        guard let seed else { return .algorithmPair(algorithm, pub: pub, seed: nil) }
        guard case .algorithmPair(_, let derived, _) = try mlDSA(algorithm, seed: seed), derived == pub else {
            throw invalid("priv does not belong to pub")
        }
        return .algorithmPair(algorithm, pub: pub, seed: seed)
    }

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
