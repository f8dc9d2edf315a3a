import CPKCS11
import Crypto
import KeyManagement

/// What PKCS#11 calls what a key is made for.
extension DeviceKeyAlgorithm {
    /// The curve's object identifier in DER, as `CKA_EC_PARAMS` has it; nil for RSA.
    var curve: [UInt8]? {
        switch self {
        case .es256: [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        case .es384: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]
        case .rs256, .ps256, .rsaOAEP256: nil
        }
    }

    /// Octets of a coordinate, and of R and S; nil for RSA.
    var coordinateBytes: Int? { curve == nil ? nil : digestBytes }

    /// `CKK_EC`, or `CKK_RSA`
    var keyType: Int64 { curve == nil ? 0 : 3 }

    /// What signs; nil for what doesn't.
    var signing: cpkcs11_mechanism? {
        switch self {
        case .es256, .es384: CPKCS11_ECDSA
        case .rs256: CPKCS11_RSA_PKCS
        case .ps256: CPKCS11_RSA_PSS
        case .rsaOAEP256: nil
        }
    }

    /// What is given to the mechanism that signs a message.
    func signingInput(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .es384: Array(SHA384.hash(data: message))
        case .rs256: Self.digestInfo + SHA256.hash(data: message)
        case .es256, .ps256, .rsaOAEP256: Array(SHA256.hash(data: message))
        }
    }

    /// The DER of a DigestInfo with SHA-256, up to the digest (RFC 8017 section 9.2, note 1).
    private static let digestInfo: [UInt8] = [
        0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
        0x20,
    ]
}
