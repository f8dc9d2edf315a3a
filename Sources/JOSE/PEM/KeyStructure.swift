internal import SwiftASN1

/// A key as its structure in DER gives it: numbers that no cryptography has looked at yet.
///
/// Reading stops here for whoever only wants to know that it never traps; `KeyMaterial` checks the numbers.
enum KeyStructure: Sendable, Equatable {
    case rsaPublic(n: [UInt8], e: [UInt8])
    case rsaPrivate(
        n: [UInt8], e: [UInt8], d: SecretBytes, p: SecretBytes, q: SecretBytes, dp: SecretBytes, dq: SecretBytes,
        qi: SecretBytes)
    /// `point` as it came: uncompressed or compressed; at least one of `point` and `d` is there.
    case elliptic(EllipticCurve, point: [UInt8]?, d: SecretBytes?)
    /// At least one of `x` and `d` is there.
    case octetPair(EllipticCurve, x: [UInt8]?, d: SecretBytes?)
    /// At least one of `pub` and `seed` is there. `rho` is the part of an expanded private key that is public.
    case algorithmPair(KeyPairAlgorithm, pub: [UInt8]?, seed: SecretBytes?, rho: [UInt8]?)

    /// The most octets of a structure: several times what the largest key or an honest certificate needs.
    static let maximumBytes = 64 << 10

    /// Reads a structure of that form, or, if it is nil, of the form that its outermost fields show.
    /// - Throws: `der-invalid`; `key-encrypted`; `key-invalid` for types and curves of key that are not supported.
    init(der: [UInt8], form: KeyForm?) throws(JOSEError) {
        guard der.count <= Self.maximumBytes else {
            throw DERError.invalid("expected at most \(Self.maximumBytes) octets of DER, got \(der.count)")
        }
        self = try DERError.translating {
            let root = try DER.parse(der)
            switch try form ?? KeyForm(showing: root) {
            case .subjectPublicKeyInfo: return try Self.subjectPublicKeyInfo(root)
            case .privateKeyInfo: return try Self.privateKeyInfo(root)
            case .rsaPublicKey: return try Self.rsaPublicKey(root)
            case .rsaPrivateKey: return try Self.rsaPrivateKey(root)
            case .ecPrivateKey: return try Self.ecPrivateKey(root, curve: nil)
            case .certificate: return try Self.certificate(root)
            }
        }
    }
}

extension KeyForm {
    /// The form that the outermost fields of a structure show; no two forms begin alike.
    init(showing root: ASN1Node) throws {
        guard root.identifier == .sequence, case .constructed(let nodes) = root.content else {
            throw DERError.invalid("expected a SEQUENCE")
        }
        let fields = Array(nodes.prefix(3))
        switch fields.map(\.identifier) {
        case [.sequence, .bitString]: self = .subjectPublicKeyInfo
        case [.sequence, .sequence, .bitString]: self = .certificate
        case [.sequence, .octetString]: throw DERError.encrypted
        case [.integer, .integer]: self = .rsaPublicKey
        case [.integer, .integer, .integer]: self = .rsaPrivateKey
        case let tags where tags.starts(with: [.integer, .sequence]): self = .privateKeyInfo
        case let tags where tags.starts(with: [.integer, .octetString]): self = .ecPrivateKey
        default: throw DERError.invalid("expected a key or a certificate in DER")
        }
    }
}

/// The refusals of what is no strict DER of the structure in question.
enum DERError {
    static func invalid(_ reason: String) -> JOSEError { JOSEError(.derInvalid, reason) }

    static let encrypted = JOSEError(.keyEncrypted, "the key is encrypted: decrypt it by openssl pkey")

    /// Runs a reader whose library throws errors of its own, which may quote what they read.
    static func translating<Result>(_ body: () throws -> Result) throws(JOSEError) -> Result {
        do {
            return try body()
        } catch let error as JOSEError {
            throw error
        } catch {
            throw invalid("expected strict DER of the structure")
        }
    }
}
