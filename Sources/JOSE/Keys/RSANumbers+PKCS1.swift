extension RSANumbers {
    /// The RSAPrivateKey structure of RFC 8017 appendix A.1.2 in DER, or nil if there is no private half.
    ///
    /// The library below takes all eight numbers only in this form, and then checks them against each other.
    func pkcs1() -> [UInt8]? {
        guard let secret else { return nil }
        var writer = DERWriter()
        writer.append(self, secret)
        return writer.octets
    }

    /// The same structure, wiped with its last copy.
    func secretPKCS1() -> SecretBytes? {
        guard var der = pkcs1() else { return nil }
        defer { unsafe der.withUnsafeMutableBytes { unsafe wipe($0) } }
        return SecretBytes(der)
    }

    /// Reads the RSAPrivateKey structure.
    /// - Throws: `der-invalid`.
    init(pkcs1 der: [UInt8]) throws(JOSEError) {
        let structure = try KeyStructure(der: der, form: .rsaPrivateKey)
        guard case .rsaPrivate(let n, let e, let d, let p, let q, let dp, let dq, let qi) = structure else {
            throw DERError.invalid("expected an RSAPrivateKey")
        }
        self.init(n: n, e: e, secret: Secret(d: d, p: p, q: q, dp: dp, dq: dq, qi: qi))
    }
}
