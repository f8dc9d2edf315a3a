import Foundation

@testable import JOSE

/// The keys of `Vectors/pem`.
enum KeyVectors {
    /// Keys of supported types.
    static let names = [
        "rsa2048", "rsa4096", "p256", "p384", "p521", "secp256k1", "ed25519", "x25519", "ed448", "x448", "mldsa65",
        "mldsa87",
    ]

    /// Those with a certificate.
    static let certified = ["rsa2048", "rsa4096", "p256", "p384", "p521", "secp256k1", "ed25519", "ed448"]

    /// The files of `names` with the form that each holds.
    static let files: [(name: String, form: KeyForm, suffix: String)] =
        names.map { ($0, .privateKeyInfo, "pkcs8") } + names.map { ($0, .subjectPublicKeyInfo, "spki") }
        + ["rsa2048", "rsa4096"].flatMap {
            [($0, KeyForm.rsaPrivateKey, "pkcs1"), ($0, .rsaPublicKey, "rsapublickey")]
        } + ["p256", "p384", "p521", "secp256k1"].map { ($0, .ecPrivateKey, "sec1") }

    static func octets(_ file: String) throws -> [UInt8] {
        guard let folder = Bundle.module.url(forResource: "Vectors", withExtension: nil) else {
            throw JOSEError(.jsonInvalid, "the folder Vectors is not in the test bundle")
        }
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("pem/\(file)")))
    }

    static func pem(_ name: String, _ suffix: String) throws -> [UInt8] { try octets("\(name).\(suffix).pem") }

    static func der(_ name: String, _ suffix: String) throws -> [UInt8] {
        guard let block = try PEMBlock.read(pem(name, suffix)).last else { return [] }
        return block.octets.copied()
    }

    /// The key as its PEM gives it, which says nothing of what the key is for; AKP keys name their algorithm always.
    static func jwk(_ name: String) throws -> JWK { try JWK(parsing: octets("\(name).jwk")) }
}
