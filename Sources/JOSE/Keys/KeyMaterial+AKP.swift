internal import Crypto

extension KeyMaterial {
    /// Checks a key of which pub and seed have the algorithm's own size.
    static func checked(
        _ algorithm: KeyPairAlgorithm, pub: [UInt8], seed: SecretBytes?
    ) throws(JOSEError) -> KeyMaterial {
        guard let seed else {
            // Of ML-DSA all octets are a key; of ML-KEM not all are (FIPS 203 section 7.2).
            if case .hpke9 = algorithm { try XWingPublicKey(pub).check() }
            if case .hpke9KE = algorithm { try XWingPublicKey(pub).check() }
            return .algorithmPair(algorithm, pub: pub, seed: nil)
        }
        guard case .algorithmPair(_, let derived, _) = try algorithmPair(algorithm, seed: seed), derived == pub else {
            throw invalid("priv does not belong to pub")
        }
        return .algorithmPair(algorithm, pub: pub, seed: seed)
    }

    /// The key pair that comes from a seed.
    static func algorithmPair(_ algorithm: KeyPairAlgorithm, seed: SecretBytes) throws(JOSEError) -> KeyMaterial {
        let pub: [UInt8]
        do {
            switch algorithm {
            case .mlDSA65: pub = try [UInt8](MLDSA65.PrivateKey(secret: seed).publicKey.rawRepresentation)
            case .mlDSA87: pub = try [UInt8](MLDSA87.PrivateKey(secret: seed).publicKey.rawRepresentation)
            case .hpke9, .hpke9KE: pub = try XWingPrivateKey(seed: seed).publicOctets
            }
        } catch {
            throw invalid("priv is no seed")
        }
        return .algorithmPair(algorithm, pub: pub, seed: seed)
    }
}
