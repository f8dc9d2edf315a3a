import ArgumentParser
import JOSE

/// How a key is written down.
enum KeyFormat: String, ExpressibleByArgument, CaseIterable {
    case jwk, pem, der

    /// What an input is: a JWK begins with `{`, PEM has `-----BEGIN` in it, be it behind some text (RFC 7468 section 2), and
    /// all else is DER.
    init(of input: [UInt8]) {
        let text = input.drop { $0 == 32 || (9...13).contains($0) }
        if text.first == UInt8(ascii: "{") {
            self = .jwk
        } else if text.first != 0x30, text.firstRange(of: "-----BEGIN ".utf8) != nil {
            self = .pem
        } else {
            self = .der
        }
    }
}

/// Which structure a key is written as in PEM and DER.
enum KeyStructureOption: String, ExpressibleByArgument, CaseIterable {
    case spki, pkcs8, pkcs1, sec1

    /// The form for a key; without an option PKCS#8 for a private key and SPKI for a public one.
    static func form(of key: JWK, _ option: KeyStructureOption?) -> KeyForm {
        switch option {
        case .spki: .subjectPublicKeyInfo
        case .pkcs8: .privateKeyInfo
        case .pkcs1: key.isPrivate ? .rsaPrivateKey : .rsaPublicKey
        case .sec1: .ecPrivateKey
        case nil: key.isPrivate ? .privateKeyInfo : .subjectPublicKeyInfo
        }
    }
}
