import KeyManagement

// MARK: The key that wraps

extension Token {
    /// The key of the settings, which was looked at before it is used.
    func wrappingKey(_ session: TokenSession) throws -> UInt {
        try session.key(.wrapping) {
            guard let choice = settings.key else {
                throw ProviderError(
                    .configurationInvalid,
                    "\(settings.path) names no key that wraps: set \(settings.path).key or id")
            }
            try checkMechanism(session.module, session.connection.slot)
            return try find(choice, session)
        }
    }

    private func find(_ choice: KeyChoice, _ session: TokenSession) throws -> UInt {
        let module = session.module
        let secretKeys = UInt64(ObjectInfo.secretKey)
        let found = try module.find(session.handle, choice.query(objectClass: secretKeys), limit: 2)
        guard found.count < 2 else {
            throw ProviderError(
                .configurationInvalid,
                "\(settings.token) has several secret keys for \(choice): give \(settings.path).key and id both")
        }
        // Other kinds of objects are looked at for the sake of the message only.
        guard
            let handle = try found.first
                ?? module.find(session.handle, choice.query(objectClass: nil), limit: 1).first
        else { throw try missing(choice, session) }
        if let fault = try module.object(session.handle, handle).fault {
            throw ProviderError(.keyDisabled, "\(choice) of \(settings.token) must not wrap: \(fault)")
        }
        return handle
    }

    private func missing(_ choice: KeyChoice, _ session: TokenSession) throws -> ProviderError {
        try checkLogin(session)
        let module = session.module
        let query = ObjectQuery(objectClass: UInt64(ObjectInfo.secretKey))
        let names = try module.find(session.handle, query, limit: 16).map { handle in
            try module.object(session.handle, handle).name
        }
        let list =
            names.isEmpty ? "it has no secret keys" : "its secret keys: \(names.sorted().joined(separator: ", "))"
        return ProviderError(.keyMissing, "\(settings.token) has no \(choice); \(list)")
    }

    private func checkMechanism(_ module: CryptokiModule, _ slot: UInt) throws {
        let answer: String
        do throws(CryptokiFailure) {
            let flags = try module.mechanismFlags(slot, CryptokiModule.aesGCM)
            // CKF_ENCRYPT and CKF_DECRYPT
            if flags & 0x300 == 0x300 { return }
            answer = "its flags are 0x\(String(flags, radix: 16))"
        } catch {
            guard error.code == .notSupported else { throw error }
            answer = error.description
        }
        throw ProviderError(
            .notSupported,
            "\(settings.token) does not encrypt and decrypt by CKM_AES_GCM (\(answer)); no mechanism that does not "
                + "authenticate is used in its place")
    }
}
