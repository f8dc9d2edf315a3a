import JOSE
import KeyManagement

// MARK: Key pairs

extension Token {
    /// `CKA_LABEL` of every key pair that is made here.
    static let pairLabel = "signet"

    private static let publicKey: UInt64 = 2
    private static let privateKey: UInt64 = 3
    private static let (modulus, exponent, curve, point): (UInt, UInt, UInt, UInt) = (0x120, 0x122, 0x180, 0x181)

    /// `CKA_ID` of a key pair: the octets of its kid, which is the reference too.
    /// - Throws: `provider-key-missing` for what can't be one.
    static func pairID(_ reference: String) throws(ProviderError) -> [UInt8] {
        let octets = Array(reference.utf8)
        let isName = octets.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, (1...64).contains(octets.count) else {
            throw ProviderError(.keyMissing, "expected a kid of 1 to 64 characters of base64url as the key's reference")
        }
        return octets
    }

    /// The private half of a key pair, which was looked at before it is used.
    func privateKey(_ key: DeviceKey, _ session: TokenSession) throws -> UInt {
        try session.key(.pair(key.reference)) {
            let id = try Self.pairID(key.reference)
            let found = try find(Self.privateKey, id, session)
            guard let handle = found.first else {
                try checkLogin(session)
                throw ProviderError(
                    .keyMissing,
                    "\(name(key.reference)) is gone: restore it from the token's backup, or revoke this version of "
                        + "its ring")
            }
            guard found.count == 1 else {
                throw ProviderError(
                    .configurationInvalid, "\(settings.token) has several private keys with the id of \(key.reference)")
            }
            try check(handle, key.reference, key.algorithm, session)
            return handle
        }
    }

    /// Makes a key pair, in a session that writes; or answers the one that an earlier attempt has made.
    func makePair(
        _ algorithm: DeviceKeyAlgorithm, kid: String, _ session: TokenSession
    ) throws -> (key: DeviceKey, handle: UInt) {
        let id = try Self.pairID(kid)
        let publicKeys = try find(Self.publicKey, id, session)
        let privateKeys = try find(Self.privateKey, id, session)
        if publicKeys.count == 1, privateKeys.count == 1 {
            return try pair(algorithm, kid, publicKeys[0], privateKeys[0], session)
        }
        guard publicKeys.isEmpty, privateKeys.isEmpty else {
            throw ProviderError(.keyDisabled, "\(settings.token) has other objects with the id of \(kid): remove them")
        }
        let (publicKey, privateKey) = try session.module.generatePair(
            session.handle, curve: algorithm.curve, rsaBits: DeviceKeyAlgorithm.rsaBits, signs: algorithm.signs,
            label: Array(Self.pairLabel.utf8), id: id)
        return try pair(algorithm, kid, publicKey, privateKey, session)
    }

    /// Destroys both halves of a key pair, in a session that writes.
    func destroyPair(_ reference: String, _ session: TokenSession) throws {
        let id = try Self.pairID(reference)
        // What is not seen for want of a login must not count as gone.
        try checkLogin(session)
        defer { forgetKeys() }
        for objectClass in [Self.privateKey, Self.publicKey] {
            for handle in try find(objectClass, id, session) { try session.module.destroy(session.handle, handle) }
        }
    }

    /// What messages call a key pair.
    func name(_ reference: String) -> String { "key \(reference) of \(settings.token)" }

    private func find(_ objectClass: UInt64, _ id: [UInt8], _ session: TokenSession) throws -> [UInt] {
        try session.module.find(session.handle, ObjectQuery(objectClass: objectClass, id: id), limit: 4)
    }

    private func pair(
        _ algorithm: DeviceKeyAlgorithm, _ kid: String, _ publicKey: UInt, _ privateKey: UInt, _ session: TokenSession
    ) throws -> (key: DeviceKey, handle: UInt) {
        try check(privateKey, kid, algorithm, session)
        func attribute(_ type: UInt) throws -> [UInt8] {
            try session.module.attribute(session.handle, publicKey, type)
        }
        let jwk =
            algorithm.curve == nil
            ? try PairPublicHalf.rsa(modulus: attribute(Self.modulus), exponent: attribute(Self.exponent))
            : try PairPublicHalf.elliptic(algorithm, point: attribute(Self.point), curve: attribute(Self.curve))
        return (DeviceKey(reference: kid, algorithm: algorithm, publicJWK: jwk), privateKey)
    }

    private func check(
        _ handle: UInt, _ reference: String, _ algorithm: DeviceKeyAlgorithm, _ session: TokenSession
    ) throws {
        let info = try session.module.object(session.handle, handle)
        guard let fault = info.fault(for: algorithm) else { return }
        throw ProviderError(.keyDisabled, "\(name(reference)) must not be used for \(algorithm.rawValue): \(fault)")
    }
}

extension ObjectInfo {
    /// Why a private key must not be used; nil when it may.
    func fault(for algorithm: DeviceKeyAlgorithm) -> String? {
        if keyType != algorithm.keyType {
            return "its CKA_KEY_TYPE is \(keyType.map(String.init) ?? "unknown"), not \(algorithm.keyType)"
        }
        if isExtractable != false { return "CKA_EXTRACTABLE is not false: it can leave the token" }
        if isSensitive != true { return "CKA_SENSITIVE is not true: its value can be read in the clear" }
        if algorithm.signs {
            if maySign != true { return "CKA_SIGN is not true" }
            if mayDecrypt == true { return "CKA_DECRYPT is true: a key does one thing" }
        } else {
            if mayDecrypt != true { return "CKA_DECRYPT is not true" }
            if maySign == true { return "CKA_SIGN is true: a key does one thing" }
        }
        return nil
    }
}
