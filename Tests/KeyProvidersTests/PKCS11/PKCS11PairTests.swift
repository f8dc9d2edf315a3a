import Foundation
import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

/// Key pairs of tokens, in the same token as the other tests: see `SoftHSM`.
extension PKCS11ProviderTests {
    private static let kid = "abcdefghijklmnopqrst-_"
    private static let otherKid = "ABCDEFGHIJKLMNOPQRST-_"

    /// A key's public half as it is published.
    private static func published(_ key: DeviceKey, kid: String = kid) throws -> JWK {
        var object = key.publicJWK.object(includingPrivate: false)
        object["kid"] = .string(kid)
        object["alg"] = .string(key.algorithm.rawValue)
        return try JWK(object)
    }

    /// Makes a token by a signing key and opens it by an encryption key, both in the device.
    private static func roundTrip(
        _ provider: PKCS11Provider, _ signing: DeviceKey, _ encryption: DeviceKey,
        _ content: ContentEncryptionAlgorithm = .a256GCM
    ) async throws -> OpenedToken {
        let verification = try VerificationKey(published(signing))
        let unsigned = try NestedToken.unsigned(claims: Array(#"{"sub":"a"}"#.utf8), key: verification)
        let signature = try await provider.sign(unsigned.signingInput, with: signing)
        let token = try unsigned.sealed(
            signature: signature, encryptionKey: EncryptionKey(published(encryption)), contentEncryption: content)
        let locked = try NestedToken.locate(
            Array(token.utf8).span,
            decryptionKeys: KeyDirectory([DecryptionKey(heldElsewhere: published(encryption))]),
            contentEncryption: [content])
        let contentKey = try await provider.decrypt(locked.encryptedKey, with: encryption)
        return try locked.open(contentKey: contentKey, verificationKeys: KeyDirectory([verification]))
    }

    private static func code(_ body: () async throws -> Void) async -> ProviderError.Code? {
        do {
            try await body()
            return nil
        } catch { return (error as? ProviderError)?.code }
    }

    private static func encrypted(_ key: DeviceKey, _ secret: SecretBytes = .random(count: 32)) throws -> [UInt8] {
        try #require(RSAPublicHalf(key.publicJWK)).encrypt(secret)
    }

    @Test("A key pair signs and opens in the token, and can't leave it", arguments: DeviceKeyAlgorithm.allCases)
    func pairs(algorithm: DeviceKeyAlgorithm) async throws {
        try await withToken(.tokenKeys) { hsm, provider in
            #expect(provider.capabilities == .keys)
            let key = try await provider.makeKey(algorithm, kid: Self.kid)
            let counterpart = try await provider.makeKey(algorithm.signs ? .rsaOAEP256 : .es256, kid: Self.otherKid)
            #expect(
                key.publicJWK.object(includingPrivate: true).names.allSatisfy { !["kid", "alg", "use"].contains($0) })
            let (signing, encryption) = algorithm.signs ? (key, counterpart) : (counterpart, key)
            for content in [ContentEncryptionAlgorithm.a128GCM, .a192GCM, .a128CBCHS256, .a192CBCHS384, .a256CBCHS512] {
                let opened = try await Self.roundTrip(provider, signing, encryption, content)
                #expect(opened.claims.subject == "a")
            }
            let listed = try hsm.privateKeys()
            #expect(listed.contains("signet"))
            #expect(listed.contains(KeyChoice.hexadecimal(Array(Self.kid.utf8))))
            #expect(listed.split(separator: "never extractable").count == 3)
            #expect(listed.split(separator: "always sensitive").count == 3)
            let usages = listed.split(separator: "\n").filter { $0.contains("Usage:") }
                .map { $0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces) }
            #expect(Set(usages) == ["sign", "decrypt"])
            // What can't be done by a key of this kind is not asked of the token.
            #expect(await Self.code { _ = try await provider.sign([1], with: encryption) } == .notSupported)
            #expect(await Self.code { _ = try await provider.decrypt([1], with: signing) } == .notSupported)
        }
    }

    @Test("Keys are found again by their references, and the way to open is chosen once for all ciphertexts")
    func restarts() async throws {
        try await withToken([.rootKey, .tokenKeys]) { hsm, provider in
            #expect(provider.capabilities == [.wrapping, .authenticatedContext, .keys])
            let key = try await provider.makeKey(.rsaOAEP256, kid: Self.kid)
            // Asked again, as after an answer that was lost: the same key.
            let same = try await provider.makeKey(.rsaOAEP256, kid: Self.kid)
            #expect(same.publicJWK == key.publicJWK)
            #expect(await Self.code { _ = try await provider.makeKey(.es256, kid: Self.kid) } == .keyDisabled)
            #expect(provider.opener.way == .raw)
            try hsm.setFaults("")
            for _ in 0..<10 { _ = try await provider.decrypt(Self.encrypted(key), with: key) }
            for _ in 0..<10 {
                let junk = [0] + SecretBytes.random(count: 383).withUnsafeBytes { Array($0) }
                #expect(await Self.code { _ = try await provider.decrypt(junk, with: key) } == .refused)
            }
            #expect(try hsm.calls("C_DecryptInit") == 20)

            let next = try hsm.provider(.tokenKeys)
            let secret = SecretBytes.random(count: 64)
            let found = DeviceKey(reference: key.reference, algorithm: .rsaOAEP256, publicJWK: key.publicJWK)
            #expect(try await next.decrypt(Self.encrypted(key, secret), with: found) == secret)
            let strange = DeviceKey(reference: "a;b", algorithm: .rsaOAEP256, publicJWK: key.publicJWK)
            #expect(
                await Self.code { _ = try await next.decrypt(Self.encrypted(key), with: strange) } == .keyMissing)
            await next.close()
        }
    }

    @Test("Junk of any length, and what is for another key, is refused by one message and breaks no circuit")
    func junk() async throws {
        try await withToken(.tokenKeys) { hsm, provider in
            let key = try await provider.makeKey(.rsaOAEP256, kid: Self.kid)
            let other = try await provider.makeKey(.rsaOAEP256, kid: Self.otherKid)
            let public_ = try #require(RSAPublicHalf(key.publicJWK))
            try hsm.setFaults("")
            var junk = (0...1100).map { [UInt8](repeating: 0x5A, count: $0) }
            let zero = [UInt8](repeating: 0, count: 383)
            let most = public_.modulus.dropLast() + [public_.modulus[383] - 1]
            junk += [zero + [0], zero + [1], public_.modulus, Array(most), [UInt8](repeating: 0xFF, count: 384)]
            let ours = try Self.encrypted(key)
            junk += [Array(ours.dropLast()), ours + [0], [0] + ours]
            // These and the 384 times 0x5A are numbers that a token takes.
            junk += try [Self.encrypted(key, .random(count: 15)), Self.encrypted(key, .random(count: 65)), zero + [2]]
            junk += try (0..<3).map { _ in [0] + (try Self.encrypted(other)).dropFirst() }
            var errors: Set<ProviderError> = []
            for ciphertext in junk {
                do {
                    _ = try await provider.decrypt(ciphertext, with: key)
                    Issue.record("\(ciphertext.count) octets were opened")
                } catch { errors.insert(try #require(error as? ProviderError)) }
            }
            #expect(errors.count == 1)
            #expect(errors.first?.code == .refused)
            #expect(try hsm.calls("C_Decrypt") == 7)
            #expect(provider.statistics.isAvailable)
            #expect(provider.statistics.retried == 0)
            #expect(try await provider.decrypt(ours, with: key).count == 32)
        }
    }

    @Test("A padding that is wrong is refused by one message, whatever is wrong with it")
    func padding() async throws {
        try await withToken(.tokenKeys) { hsm, provider in
            let key = try await provider.makeKey(.rsaOAEP256, kid: Self.kid)
            let secret = SecretBytes.random(count: 32)
            let good = EncodedMessage(secret.withUnsafeBytes { Array($0) })
            let opened = try await provider.decrypt(Self.rawEncrypt(good.octets, key), with: key)
            #expect(opened == secret)
            try hsm.setFaults("")
            var errors: Set<ProviderError> = []
            for (_, message) in EncodedMessage.faulty {
                do {
                    _ = try await provider.decrypt(Self.rawEncrypt(message.octets, key), with: key)
                    Issue.record("it was opened")
                } catch { errors.insert(try #require(error as? ProviderError)) }
            }
            #expect(errors.count == 1 && errors.first?.code == .refused)
            #expect(try hsm.calls("C_Decrypt") == EncodedMessage.faulty.count)
        }
    }

    /// m^e mod n, which no library here does with a padding of one's own.
    private static func rawEncrypt(_ message: [UInt8], _ key: DeviceKey) throws -> [UInt8] {
        let modulus = try #require(RSAPublicHalf(key.publicJWK)).modulus
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            "import sys; m, n = (int(a, 16) for a in sys.argv[1:]); print('%0768x' % pow(m, 65537, n))",
            KeyChoice.hexadecimal(message), KeyChoice.hexadecimal(modulus),
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let digits = output.fileHandleForReading.readDataToEndOfFile().prefix(768)
        process.waitUntilExit()
        let text = String(decoding: digits, as: UTF8.self)
        return try stride(from: 0, to: text.count, by: 2).map { start in
            let first = text.index(text.startIndex, offsetBy: start)
            return try #require(UInt8(text[first..<text.index(first, offsetBy: 2)], radix: 16))
        }
    }

    @Test("A key that was destroyed is missed by all sessions, at once and without another login")
    func destroyed() async throws {
        try await withToken(.tokenKeys) { hsm, provider in
            let key = try await provider.makeKey(.es256, kid: Self.kid)
            let other = try await provider.makeKey(.es256, kid: Self.otherKid)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 { group.addTask { _ = try await provider.sign([1], with: key) } }
                try await group.waitForAll()
            }
            try hsm.setFaults("")
            try await provider.destroyKey(key)
            try await provider.destroyKey(key)
            for _ in 0..<12 {
                #expect(await Self.code { _ = try await provider.sign([1], with: key) } == .keyMissing)
            }
            // Destroyed by somebody else: its handle goes stale.
            let second = try hsm.provider(.tokenKeys)
            _ = try await provider.sign([1], with: other)
            try await second.destroyKey(other)
            #expect(await Self.code { _ = try await provider.sign([1], with: other) } == .keyMissing)
            #expect(try hsm.calls("C_Login") == 1)
            #expect(try hsm.calls("C_DestroyObject") == 4)
            await second.close()
        }
    }

    @Test(
        "A hundred calls at once share the sessions, and what they lose is found again", arguments: ["", "b3", "101"])
    func manyAtOnce(code: String) async throws {
        try await withToken(.tokenKeys, sessions: 8) { hsm, provider in
            let signing = try await provider.makeKey(.es256, kid: Self.kid)
            let encryption = try await provider.makeKey(.rsaOAEP256, kid: Self.otherKid)
            try hsm.setFaults(code.isEmpty ? "" : "C_Sign \(code) 2\nC_DecryptInit \(code) 1\nC_Decrypt \(code) 2\n")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let opened = try await Self.roundTrip(provider, signing, encryption)
                        #expect(opened.claims.subject == "a")
                    }
                }
                try await group.waitForAll()
            }
            if code.isEmpty {
                #expect(try hsm.calls("C_Login") == 0)
                #expect(try hsm.calls("C_OpenSession") <= 7)
            } else {
                #expect(try hsm.calls("C_OpenSession") > 0)
            }
        }
    }

    @Test("A device that fails while it opens is unreachable, and what it opens next is opened")
    func failing() async throws {
        try await withToken(.tokenKeys) { hsm, provider in
            let key = try await provider.makeKey(.rsaOAEP256, kid: Self.kid)
            let ciphertext = try Self.encrypted(key)
            try hsm.setFaults("C_Decrypt 5 1\n")
            #expect(try await provider.decrypt(ciphertext, with: key).count == 32)
            try hsm.setFaults("C_Decrypt 30 3\n")
            #expect(await Self.code { _ = try await provider.decrypt(ciphertext, with: key) } == .unreachable)
            try hsm.setFaults("C_Sign b1 3\n")
            #expect(try await provider.decrypt(ciphertext, with: key).count == 32)
        }
    }

    @Test("A key that the token makes and can't use does not stay, and a failure is tried again")
    func making() async throws {
        try await withToken(.tokenKeys) { hsm, provider in
            try hsm.setFaults("C_GenerateKeyPair 5 1\nC_Sign 5 1\n")
            let key = try await provider.makeKey(.ps256, kid: Self.kid)
            #expect(try await provider.sign([1], with: key).count == 384)
            #expect(try hsm.privateKeys().split(separator: "Usage:").count == 2)
            try hsm.setFaults("C_SignInit 70 1\n")
            #expect(await Self.code { _ = try await provider.makeKey(.es384, kid: Self.otherKid) } == .notSupported)
            try hsm.setFaults("C_GenerateKeyPair d1 1\n")
            #expect(await Self.code { _ = try await provider.makeKey(.es384, kid: Self.otherKid) } == .notSupported)
            #expect(try hsm.privateKeys().split(separator: "Usage:").count == 2)
            #expect(await Self.code { _ = try await provider.makeKey(.es384, kid: "a b") } == .keyMissing)
            #expect(
                await Self.code { _ = try await provider.wrap(.random(count: 32), context: Self.context) }
                    == .configurationInvalid)
        }
    }

    @Test("Without the right PIN no key is made, used or taken for gone")
    func wrongPINForPairs() async throws {
        let hsm = try SoftHSM()
        defer { hsm.remove() }
        let provider = try hsm.provider(.tokenKeys)
        let key = try await provider.makeKey(.es256, kid: Self.kid)
        // A login counts for the process, so this one must end.
        await provider.close()
        try hsm.setPIN("4321")
        try hsm.setFaults("")
        let other = try hsm.provider(.tokenKeys)
        #expect(await Self.code { _ = try await other.sign([1], with: key) } == .denied)
        #expect(await Self.code { try await other.destroyKey(key) } == .denied)
        #expect(await Self.code { _ = try await other.makeKey(.es256, kid: Self.otherKid) } == .denied)
        #expect(try hsm.calls("C_Login") == 1)
        await other.close()
        #expect(try hsm.privateKeys().contains(KeyChoice.hexadecimal(Array(Self.kid.utf8))))
    }

    @Test("Two providers of one module leave it to each other")
    func together() async throws {
        // One session: a lane that is not free again yet must not have another one opened.
        try await withToken(.tokenKeys, sessions: 1) { hsm, provider in
            let key = try await provider.makeKey(.es256, kid: Self.kid)
            let other = try hsm.provider(.rootKey)
            let secret = SecretBytes.random(count: 32)
            let wrapped = try await other.wrap(secret, context: Self.context)
            try hsm.setFaults("")
            await other.close()
            #expect(try hsm.calls("C_Finalize") == 0)
            _ = try await provider.sign([1], with: key)
            #expect(try hsm.calls("C_OpenSession") == 0)
            // One that initializes the module anew does not take the other's sessions for its own.
            let third = try hsm.provider(.rootKey)
            #expect(try await third.unwrap(wrapped, context: Self.context) == secret)
            try hsm.setFaults("C_Decrypt 5 1\nC_Encrypt 5 1\n")
            #expect(try await third.unwrap(wrapped, context: Self.context) == secret)
            #expect(try hsm.calls("C_Finalize") == 1)
            for _ in 0..<8 { _ = try await provider.sign([1], with: key) }
            #expect(try await third.unwrap(wrapped, context: Self.context) == secret)
            await third.close()
            #expect(try hsm.calls("C_Finalize") == 1)
            _ = try await provider.sign([1], with: key)
        }
    }

    @Test(
        "A module that has RSA-OAEP-256 itself is left to do it, and what it says of junk is not passed on",
        .enabled(if: SoftHSM.hasNSS, "NSS's module is not installed"))
    func ownPadding() async throws {
        let hsm = try SoftHSM(nss: ())
        defer { hsm.remove() }
        let provider = try hsm.nssProvider()
        let encryption = try await provider.makeKey(.rsaOAEP256, kid: Self.kid)
        let signing = try await provider.makeKey(.ps256, kid: Self.otherKid)
        #expect(provider.opener.way == .oaep && provider.opener.refusal == .encryptedDataInvalid)
        #expect(try await Self.roundTrip(provider, signing, encryption).claims.subject == "a")
        var errors: Set<ProviderError> = []
        try hsm.setFaults("")
        let ciphertexts =
            try EncodedMessage.faulty.map { try Self.rawEncrypt($0.1.octets, encryption) }
            + [[0] + SecretBytes.random(count: 383).withUnsafeBytes { Array($0) }]
        for ciphertext in ciphertexts {
            do {
                _ = try await provider.decrypt(ciphertext, with: encryption)
                Issue.record("it was opened")
            } catch { errors.insert(error) }
        }
        #expect(errors.count == 1 && errors.first?.code == .refused)
        // The proof and the second attempt came once, not for each.
        #expect(try hsm.calls("C_Decrypt") <= ciphertexts.count + 2 * 3)
        #expect(provider.statistics.isAvailable && provider.statistics.retried == 0)
        // A device that fails for a moment, or for longer, just after it has proven itself.
        try await Self.checkFailures(hsm, provider, encryption, rest: "")
        await provider.close()
    }

    /// A good token is never told to be bad because the device is.
    private static func checkFailures(
        _ hsm: SoftHSM, _ provider: PKCS11Provider, _ key: DeviceKey, rest: String
    ) async throws {
        let junk = [0] + SecretBytes.random(count: 383).withUnsafeBytes { Array($0) }
        for value in ["5", "6", "30", "7", "80000001"] {
            try hsm.setFaults(rest)
            #expect(await code { _ = try await provider.decrypt(junk, with: key) } == .refused)
            try hsm.setFaults("C_Decrypt \(value) 1\n" + rest)
            #expect(try await provider.decrypt(encrypted(key), with: key).count == 32)
            try hsm.setFaults("C_Decrypt \(value) 9\n" + rest)
            let failed = await code { _ = try await provider.decrypt(encrypted(key), with: key) }
            #expect(failed == (value.count > 2 || value == "7" ? .answerBroken : .unreachable))
        }
        try hsm.setFaults(rest)
        #expect(try await provider.decrypt(encrypted(key), with: key).count == 32)
        #expect(provider.statistics.isAvailable)
    }

    @Test(
        "A module that says of junk what it says of a broken device has to prove itself each time",
        .enabled(if: SoftHSM.hasNSS, "NSS's module is not installed"))
    func vagueModule() async throws {
        let hsm = try SoftHSM(nss: ())
        defer { hsm.remove() }
        let provider = try hsm.nssProvider()
        let vague = "C_Decrypt vague 100000\n"
        try hsm.setFaults(vague)
        let key = try await provider.makeKey(.rsaOAEP256, kid: Self.kid)
        #expect(provider.opener.way == .oaep && provider.opener.refusal == nil)
        try hsm.setFaults(vague)
        for _ in 0..<20 {
            let junk = [0] + SecretBytes.random(count: 383).withUnsafeBytes { Array($0) }
            #expect(await Self.code { _ = try await provider.decrypt(junk, with: key) } == .refused)
        }
        #expect(try hsm.calls("C_Decrypt") == 60)
        #expect(provider.statistics.isAvailable && provider.statistics.retried == 0)
        #expect(provider.statistics.failed == 0)
        try await Self.checkFailures(hsm, provider, key, rest: vague)
        await provider.close()
    }
}
