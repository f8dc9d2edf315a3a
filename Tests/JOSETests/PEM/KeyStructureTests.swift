import Testing

@testable import JOSE

@Suite("A key in DER")
struct KeyStructureTests {
    typealias Tag = DERWriter.Tag

    private static func sequence(_ body: (inout DERWriter) -> Void) -> [UInt8] {
        var writer = DERWriter()
        writer.append(Tag.sequence, body)
        return writer.octets
    }

    private static func identifier(_ oid: [UInt8], _ parameters: [UInt8] = []) -> [UInt8] {
        sequence { writer in
            writer.append(0x06, oid)
            writer.append(encoded: parameters)
        }
    }

    private static let ed25519: [UInt8] = [0x2B, 0x65, 0x70]
    private static let ecPublicKey: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    private static let rsaEncryption: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
    private static let p256: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    private static let p384: [UInt8] = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]
    private static let null: [UInt8] = [0x05, 0x00]
    private static let seed = [UInt8](repeating: 7, count: 32)

    private static func publicKey(_ identifier: [UInt8], _ key: [UInt8], unusedBits: UInt8 = 0) -> [UInt8] {
        sequence { writer in
            writer.append(encoded: identifier)
            writer.append(Tag.bitString, [unusedBits] + key)
        }
    }

    private static func privateKey(
        version: [UInt8] = [0], _ identifier: [UInt8], _ key: [UInt8], tail: [UInt8] = []
    ) -> [UInt8] {
        sequence { writer in
            writer.append(Tag.integer, version)
            writer.append(encoded: identifier)
            writer.append(Tag.octetString, key)
            writer.append(encoded: tail)
        }
    }

    private static func wrapped(_ octets: [UInt8]) -> [UInt8] { [0x04, UInt8(octets.count)] + octets }

    /// ECPrivateKey with what `tail` encodes.
    private static func sec1(version: UInt8 = 1, d: [UInt8] = seed, tail: [UInt8] = []) -> [UInt8] {
        sequence { writer in
            writer.append(Tag.integer, [version])
            writer.append(Tag.octetString, d)
            writer.append(encoded: tail)
        }
    }

    private static func integers(_ values: [[UInt8]]) -> [UInt8] {
        sequence { writer in for value in values { writer.append(Tag.integer, value) } }
    }

    /// What is no strict DER of a key, with its name.
    static let malformed: [(String, [UInt8])] = [
        ("nothing", []), ("an INTEGER", [0x02, 0x01, 0x00]), ("an empty SEQUENCE", [0x30, 0x00]),
        ("a SEQUENCE of one", sequence { $0.append(Tag.integer, [1]) }),
        ("an indefinite length", [0x30, 0x80, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00, 0x00]),
        ("a length in too many octets", [0x30, 0x81, 0x06, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03]),
        ("a length beyond the end", [0x30, 0x07, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03]),
        ("a length of 2^63", [0x30, 0x88, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x01, 0x03]),
        ("octets after the end", integers([[3], [3]]) + [0]),
        ("a modulus of zero", integers([[0], [3]])), ("a negative modulus", integers([[0x80], [3]])),
        ("a modulus with a superfluous zero", integers([[0, 1], [3]])),
        ("an empty INTEGER", integers([[], [3]])),
        ("RSA of three primes", integers([[1], [3], [3], [3], [3], [3], [3], [3], [3]])),
        ("RSA with a number missing", integers([[0], [3], [3], [3], [3], [3], [3], [3]])),
        ("RSA with a number too many", integers([[0], [3], [3], [3], [3], [3], [3], [3], [3], [3]])),
        ("RSA without NULL", publicKey(identifier(rsaEncryption), integers([[3], [3]]))),
        ("RSA with other parameters", publicKey(identifier(rsaEncryption, p256), integers([[3], [3]]))),
        (
            "RSA with a NULL that holds something",
            publicKey(identifier(rsaEncryption, [5, 1, 0]), integers([[3], [3]]))
        ),
        ("RSA with two parameters", publicKey(identifier(rsaEncryption, null + null), integers([[3], [3]]))),
        ("RSA whose BIT STRING holds no key", publicKey(identifier(rsaEncryption, null), [1, 2, 3])),
        ("EC without a curve", publicKey(identifier(ecPublicKey), [4] + seed + seed)),
        ("EC with an implicit curve", publicKey(identifier(ecPublicKey, null), [4] + seed + seed)),
        ("Ed25519 with parameters", publicKey(identifier(ed25519, null), seed)),
        ("a BIT STRING with unused bits", publicKey(identifier(ed25519), seed.dropLast() + [8], unusedBits: 3)),
        ("a BIT STRING with stray bits", publicKey(identifier(ed25519), seed, unusedBits: 3)),
        (
            "an empty BIT STRING",
            sequence {
                $0.append(encoded: identifier(ed25519)); $0.append(Tag.bitString, [])
            }
        ),
        ("PKCS#8 of version 2", privateKey(version: [2], identifier(ed25519), wrapped(seed))),
        ("PKCS#8 of a negative version", privateKey(version: [0xFF], identifier(ed25519), wrapped(seed))),
        ("PKCS#8 of version 1 without the public half", privateKey(version: [1], identifier(ed25519), wrapped(seed))),
        (
            "PKCS#8 of version 0 with the public half",
            privateKey(identifier(ed25519), wrapped(seed), tail: [0x81, 33, 0] + seed)
        ),
        ("PKCS#8 with something after it", privateKey(identifier(ed25519), wrapped(seed), tail: null)),
        ("a seed that is not wrapped", privateKey(identifier(ed25519), seed)),
        ("a seed with something after it", privateKey(identifier(ed25519), wrapped(seed) + [0])),
        ("a short seed", privateKey(identifier(ed25519), wrapped(seed.dropLast()))),
        ("a long seed", privateKey(identifier(ed25519), wrapped(seed + [0]))),
        ("SEC 1 of version 0", sec1(version: 0, tail: [0xA0, 10] + p256)), ("SEC 1 without a curve", sec1()),
        ("SEC 1 with a short d", sec1(d: [7], tail: [0xA0, 10] + p256)),
        ("SEC 1 with a long d", sec1(d: seed + [0], tail: [0xA0, 10] + p256)),
        ("SEC 1 with its fields turned round", sec1(tail: [0xA1, 3, 3, 1, 0, 0xA0, 10] + p256)),
        ("SEC 1 with a primitive tag", sec1(tail: [0x80, 8] + p256.dropFirst(2))),
        (
            "PKCS#8 around SEC 1 of another curve",
            privateKey(identifier(ecPublicKey, p256), sec1(tail: [0xA0, 7] + p384))
        ),
        ("SEC 1 of another size than PKCS#8 says", privateKey(identifier(ecPublicKey, p384), sec1())),
        ("a tree too deep", (0..<60).reduce([0x05, 0x00]) { inner, _ in [0x30, UInt8(inner.count)] + inner }),
    ]

    @Test("is refused when it is not strict DER of one of the structures", arguments: malformed)
    func refusal(name: String, der: [UInt8]) {
        #expect(throws: JOSEError(.derInvalid, ""), "\(name)") { try KeyStructure(der: der, form: nil) }
    }

    @Test("is refused beyond its size")
    func bounds() {
        let filling = Self.sequence { $0.append(Tag.octetString, [UInt8](repeating: 0, count: 64 << 10)) }
        for form in KeyForm.allCases {
            #expect(throws: JOSEError(.derInvalid, "")) { try KeyStructure(der: filling, form: form) }
        }
    }

    @Test("is refused when its type or curve is not supported")
    func unsupported() {
        let dsa: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01]
        let pss: [UInt8] = Self.rsaEncryption.dropLast() + [0x0A]
        let p192: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x01]
        let x25519InEC: [UInt8] = [0x06, 0x03, 0x2B, 0x65, 0x6E]
        for identifier in [
            Self.identifier(dsa), Self.identifier(pss, Self.null), Self.identifier(Self.ecPublicKey, p192),
            Self.identifier(Self.ecPublicKey, x25519InEC),
        ] {
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyStructure(der: Self.publicKey(identifier, Self.seed), form: nil)
            }
            #expect(throws: JOSEError(.keyInvalid, "")) {
                try KeyStructure(der: Self.privateKey(identifier, Self.seed), form: nil)
            }
        }
    }

    @Test("is refused as the structure that it is not")
    func otherForms() throws {
        for (name, own, suffix) in KeyVectors.files {
            let der = try KeyVectors.der(name, suffix)
            #expect(try KeyStructure(der: der, form: own) == KeyStructure(der: der, form: nil))
            for form in KeyForm.allCases where form != own {
                #expect(throws: JOSEError(.derInvalid, ""), "\(name).\(suffix) as \(form)") {
                    try KeyStructure(der: der, form: form)
                }
            }
        }
    }

    @Test("with two public halves is refused when they differ")
    func twoHalves() throws {
        let key = Self.sec1(tail: [0xA1, 5, 3, 3, 0, 2, 1])
        let der = Self.privateKey(
            version: [1], Self.identifier(Self.ecPublicKey, Self.p256), key, tail: [0x81, 3, 0, 2, 2])
        #expect(throws: JOSEError(.derInvalid, "")) { try KeyStructure(der: der, form: nil) }
        let same = Self.privateKey(
            version: [1], Self.identifier(Self.ecPublicKey, Self.p256), key, tail: [0x81, 3, 0, 2, 1])
        #expect(
            try KeyStructure(der: same, form: nil) == .elliptic(.p256, point: [2, 1], d: SecretBytes(Self.seed)))
    }

    @Test("is read with attributes and a public half, as RFC 5958 has it")
    func asymmetricKey() throws {
        let tail: [UInt8] = [0xA0, 2, 5, 0, 0x81, 33, 0] + Self.seed
        let der = Self.privateKey(version: [1], Self.identifier(Self.ed25519), Self.wrapped(Self.seed), tail: tail)
        #expect(
            try KeyStructure(der: der, form: nil) == .octetPair(.ed25519, x: Self.seed, d: SecretBytes(Self.seed)))
    }

    @Test("never traps, and never fails but by a code of its own, on chance changes")
    func mutations() throws {
        var generator = SeededGenerator(seed: 21)
        let seeds =
            try KeyVectors.files.map { try KeyVectors.der($0.name, $0.suffix) }
            + ["rsa2048", "p256", "ed25519"].map { try KeyVectors.der($0, "certificate") }
        var codes: Set<JOSEError.Code> = []
        for _ in 0..<20_000 {
            var der = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
            mutate(&der, &generator)
            for form in [nil] + KeyForm.allCases.map(Optional.some) {
                if case .failure(let error) = Result(catching: { () throws(JOSEError) in
                    try KeyStructure(der: der, form: form)
                }) {
                    codes.insert(error.code)
                }
            }
        }
        #expect(codes == [.derInvalid, .keyInvalid] || codes == [.derInvalid, .keyInvalid, .keyEncrypted])
    }
}
