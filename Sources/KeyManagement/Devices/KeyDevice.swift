import JOSE

/// The device that has or seals the keys of rings whose custody says so.
struct KeyDevice: Sendable {
    let provider: any KeyProvider

    /// - Throws: `key-device-unfit` when the device can't do what the ring needs.
    func check(_ ring: RingSpec) throws(KeyError) {
        switch ring.custody {
        case .local: return
        case .deviceSealed:
            guard provider.capabilities.contains(.wrapping) else {
                throw unfit(
                    ring, "wraps nothing, as no key is named that does: set keys.\(provider.kind).key")
            }
        case .device:
            guard let algorithm = DeviceKeyAlgorithm(rawValue: ring.algorithm),
                provider.capabilities.contains(.keys), provider.keyAlgorithms.contains(algorithm)
            else { throw unfit(ring, "makes no keys for \(ring.algorithm)") }
        }
    }

    /// Makes a key there.
    func makeKey(for ring: RingSpec) async throws -> NewKey {
        try check(ring)
        guard ring.custody == .device, let algorithm = DeviceKeyAlgorithm(rawValue: ring.algorithm) else {
            throw unfit(ring, "makes none for a ring that is not in its custody")
        }
        let kid = JWK.randomKeyID()
        let made = try await provider.makeKey(algorithm, kid: kid)
        do {
            let publicJWK = try ring.named(made.publicJWK, kid: kid)
            return NewKey(
                kid: kid, publicJWK: publicJWK,
                secret: SecretBytes(wiping: document(.reference(made.reference)).serialized()), deviceKey: made)
        } catch {
            try? await provider.destroyKey(made)
            throw error
        }
    }

    /// Has a key that was made here sealed there.
    func seal(_ jwk: JWK, for ring: RingSpec) async throws -> NewKey {
        try check(ring)
        guard let kid = jwk.kid else { throw KeyError(.keyInvalid, "a new key has no kid") }
        let secret = SecretBytes(wiping: jwk.serialized(includingPrivate: true))
        let content = try await DeviceSeal.seal(secret, kid: kid, ring: ring, by: provider)
        return NewKey(
            kid: kid, publicJWK: jwk.publicJWK(), secret: SecretBytes(wiping: document(content).serialized()),
            opened: try ParsedKey(secret: secret, kid: kid, ring: ring))
    }

    /// What is stored of a sealed key, by the newest version of the device's key.
    ///
    /// - Throws: `key-device-missing` when another device sealed it, `stored-key-invalid`; ``ProviderError``.
    func wrapAnew(_ document: DeviceDocument, kid: String, ring: RingSpec) async throws -> DeviceDocument {
        try checkIsOurs(document, ring)
        guard case .sealed(let wrapped, let jwk) = document.content, ring.custody == .deviceSealed else {
            throw KeyError(.keyInvalid, "the stored key \(kid) does not fit the custody of its ring")
        }
        return self.document(
            try await DeviceSeal.wrapAnew(wrapped: wrapped, jwk: jwk, kid: kid, ring: ring, by: provider))
    }

    private func document(_ content: DeviceDocument.Content) -> DeviceDocument {
        DeviceDocument(provider: provider.kind, place: provider.place, content: content)
    }

    /// The key that a stored version stands for.
    ///
    /// - Throws: `key-device-missing` when another device has it.
    func heldKey(_ document: DeviceDocument, kid: String, ring: RingSpec, publicJWK: JWK) throws(KeyError) -> HeldKey {
        try checkIsOurs(document, ring)
        try check(ring)
        switch (document.content, ring.custody) {
        case (.reference, .device):
            let key = try deviceKey(document, ring, publicJWK)
            return HeldKey(kid: kid, ring: ring, place: .device(key), provider: provider)
        case (.sealed(let wrapped, let jwk), .deviceSealed):
            return HeldKey(kid: kid, ring: ring, place: .sealed(wrapped: wrapped, jwk: jwk), provider: provider)
        default:
            throw KeyError(.keyInvalid, "the stored key \(kid) does not fit the custody of its ring")
        }
    }

    /// - Throws: `key-device-missing` when a device of another kind has the key.
    func checkIsOurs(_ document: DeviceDocument, _ ring: RingSpec) throws(KeyError) {
        guard document.provider != provider.kind else { return }
        throw KeyError(
            .deviceMissing,
            "the keys of \(ring.id) are with \(document.provider) (\(document.place)), and keys.provider, or "
                + "root_key.provider without it, is \(provider.kind) (\(provider.place))")
    }

    func deviceKey(_ document: DeviceDocument, _ ring: RingSpec, _ publicJWK: JWK) throws(KeyError) -> DeviceKey {
        guard case .reference(let reference) = document.content,
            let algorithm = DeviceKeyAlgorithm(rawValue: ring.algorithm)
        else { throw KeyError(.keyInvalid, "a stored key of \(ring.id) is not one of a device") }
        return DeviceKey(reference: reference, algorithm: algorithm, publicJWK: publicJWK)
    }

    private func unfit(_ ring: RingSpec, _ what: String) -> KeyError {
        KeyError(.deviceUnfit, "\(provider.kind) can't keep the keys of \(ring.id): it \(what)")
    }
}

extension RingSpec {
    /// A device's public key under the name and for the use that this ring gives it.
    func named(_ publicJWK: JWK, kid: String) throws(KeyError) -> JWK {
        var members = publicJWK.object(includingPrivate: false)
        members["kid"] = .string(kid)
        members["alg"] = .string(algorithm)
        members["use"] = purpose == .encryption ? "enc" : "sig"
        members["key_ops"] = nil
        do {
            let jwk = try JWK(members)
            // Whatever a device says, the key must be one for this algorithm.
            if purpose == .encryption { _ = try EncryptionKey(jwk) } else { _ = try VerificationKey(jwk) }
            return jwk
        } catch {
            throw KeyError(.keyInvalid, "the device made a key that is none for \(algorithm): \(error)")
        }
    }
}
