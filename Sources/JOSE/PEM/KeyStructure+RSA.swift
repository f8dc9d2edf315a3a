internal import SwiftASN1

extension KeyStructure {
    /// RSAPublicKey (RFC 8017 appendix A.1.1).
    static func rsaPublicKey(_ root: ASN1Node) throws -> KeyStructure {
        try DER.sequence(root, identifier: .sequence) { fields in
            .rsaPublic(n: Array(try positive(&fields)), e: Array(try positive(&fields)))
        }
    }

    /// RSAPrivateKey of two primes (RFC 8017 appendix A.1.2).
    static func rsaPrivateKey(_ root: ASN1Node) throws -> KeyStructure {
        try DER.sequence(root, identifier: .sequence) { fields in
            guard try Int(derEncoded: &fields) == 0 else {
                throw DERError.invalid("expected version 0: RSA keys of more than two primes are refused")
            }
            return .rsaPrivate(
                n: Array(try positive(&fields)),
                e: Array(try positive(&fields)),
                d: SecretBytes(copying: try positive(&fields)),
                p: SecretBytes(copying: try positive(&fields)),
                q: SecretBytes(copying: try positive(&fields)),
                dp: SecretBytes(copying: try positive(&fields)),
                dq: SecretBytes(copying: try positive(&fields)),
                qi: SecretBytes(copying: try positive(&fields))
            )
        }
    }

    /// The magnitude of an INTEGER above zero.
    private static func positive(_ fields: inout ASN1NodeCollection.Iterator) throws -> ArraySlice<UInt8> {
        let magnitude = try ArraySlice<UInt8>(derEncoded: &fields)
        guard !magnitude.isEmpty else { throw DERError.invalid("expected an INTEGER above zero") }
        return magnitude
    }
}

extension SecretBytes {
    /// Copies the octets where they lie, with no array in between.
    init(copying octets: ArraySlice<UInt8>) {
        self.init(
            storage: unsafe SecretStorage(count: octets.count) { target in
                for (index, octet) in octets.enumerated() { unsafe target[index] = octet }
            })
    }
}
