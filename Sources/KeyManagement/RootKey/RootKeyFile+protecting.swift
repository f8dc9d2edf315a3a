import JOSE
package import Store

/// How a root key's file was protected, and is now.
package struct RootKeyProtectionChange: Sendable, Equatable {
    /// The root key, which is the same as before.
    package let id: String
    /// `file`, `passphrase`, or a provider's kind.
    package let before: String
    package let after: String
    /// False when it was protected so already; nothing was written then.
    package let isChange: Bool
}

/// A root key's file is protected in another way.
extension RootKeyFile {
    /// Protects the root key of an installation as `protection` says. The key stays, and with it what it seals.
    ///
    /// What is new is written beside the file, opened as a start would open it, and takes the file's name then. Killed in
    /// between, there is a file that the former settings open, or the new ones. For the holder of the data directory's lock.
    ///
    /// - Parameters:
    ///   - former: what opens the file as it is, when `protection` does not.
    ///   - database: the store, of which the file must hold the root key; nil when there is none yet.
    ///   - isDeviceOfTokens: whether the device that has wrapped it is also, for that reason alone, the one of keys of
    ///     tokens.
    /// - Throws: ``KeyError``, ``ProviderError``; the file is as it was then.
    @discardableResult
    package static func protect(
        in dataDirectory: String, by protection: RootKeyProtection, former: RootKeyProtection? = nil,
        database: (any Database)?, isDeviceOfTokens: Bool = false, actor: String, clock: WallClock = .system
    ) async throws -> RootKeyProtectionChange {
        if let inForce = try await database?.read({ try DataKeyRows.rootKeyID(on: $0) }) {
            try settle(in: dataDirectory, inForce: inForce)
        } else {
            try requireNoneProposed(in: dataDirectory)
        }
        let path = dataDirectory + "/" + name
        guard let present = try document(at: path) else {
            throw KeyError(.rootKeyMissing, "there is no \(path): the first start of signet serve makes it")
        }
        let (before, after) = (present.protection, protection.name)
        if try await isOpened(present, path, by: protection, orBy: former) {
            return RootKeyProtectionChange(id: present.id, before: before, after: after, isChange: false)
        }
        if isDeviceOfTokens { try await checkKeysOfTokens(present, protection, database) }
        let key = try await open(present, path, by: try opener(of: present, path, former), isFormer: former != nil)
        try propose(
            RootKeyDocument(id: key.id, content: try await content(for: key, by: protection)), in: dataDirectory)
        do {
            let nextPath = dataDirectory + "/" + nextName
            guard try await open(try existing(nextPath), nextPath, by: protection).secret == key.secret else {
                throw KeyError(.rootKeyUnavailable, "\(nextPath) opens as another key than was written")
            }
            let detail: JSONValue = ["from": .string(before), "to": .string(after)]
            let entry = AuditEntry(
                at: clock.now(), actor: actor, action: "root-key.protect", target: key.id,
                detail: detail.serializedString(pretty: false))
            try await database?.write { try AuditLog.append(entry, to: $0) }
        } catch {
            try? discard(in: dataDirectory)
            throw error
        }
        try adopt(in: dataDirectory)
        return RootKeyProtectionChange(id: key.id, before: before, after: after, isChange: true)
    }

    /// Whether the file is protected so already.
    ///
    /// - Throws: why it can't be opened so, unless the former protection is of the same kind: then that is to open it.
    private static func isOpened(
        _ document: RootKeyDocument, _ path: String, by protection: RootKeyProtection, orBy former: RootKeyProtection?
    ) async throws -> Bool {
        guard protection.fits(document) else { return false }
        do {
            _ = try await open(document, path, by: protection)
            return true
        } catch {
            if let former, former.fits(document) { return false }
            guard let error = error as? KeyError, error.code == .passphraseWrong else { throw error }
            throw KeyError(
                error.code,
                "root_key.passphrase: \(error.reason); if it was another one until now, give that as "
                    + "root_key.previous.passphrase")
        }
    }

    /// Refuses to take the root key from a device that has keys of tokens, which would be looked for in another one.
    private static func checkKeysOfTokens(
        _ document: RootKeyDocument, _ protection: RootKeyProtection, _ database: (any Database)?
    ) async throws {
        guard case .wrapped(let key) = document.content, let database else { return }
        if case .provider(let provider) = protection, provider.kind == key.provider, provider.place == key.place {
            return
        }
        let kids = try await database.read { connection in
            try [KeyCustody.device, .deviceSealed].flatMap { try KeyRows.kids(in: $0, on: connection) }
        }
        guard !kids.isEmpty else { return }
        throw KeyError(
            .deviceMissing,
            "\(key.provider) (\(key.place)) has \(kids.count) keys of tokens too, as keys.provider names no other: name "
                + "it as keys.provider, with its settings below keys.\(key.provider), before the root key leaves it")
    }

    private static func open(
        _ document: RootKeyDocument, _ path: String, by protection: RootKeyProtection, isFormer: Bool
    ) async throws -> RootKey {
        do {
            return try await open(document, path, by: protection)
        } catch let error as KeyError where isFormer {
            throw KeyError(error.code, "root_key.previous: \(error.reason)")
        }
    }

    private static func opener(
        of document: RootKeyDocument, _ path: String, _ former: RootKeyProtection?
    ) throws(KeyError) -> RootKeyProtection {
        if let former, former.fits(document) { return former }
        switch document.content {
        case .plain: return .none
        case .sealed:
            throw KeyError(
                .passphraseRequired, "\(path) is sealed by a passphrase: give that as root_key.previous.passphrase")
        case .wrapped(let key):
            throw KeyError(
                .providerMismatch,
                "\(path) was wrapped by \(key.provider) (\(key.place)): set root_key.previous.provider to that, with its "
                    + "settings below root_key.previous.\(key.provider)")
        }
    }

    private static func open(
        _ document: RootKeyDocument, _ path: String, by protection: RootKeyProtection
    ) async throws -> RootKey {
        switch protection {
        case .none: return try open(document, path: path, passphrase: nil).key
        case .passphrase(let text): return try open(document, path: path, passphrase: text).key
        case .provider(let provider): return try await open(document, path: path, provider: provider)
        case .given: throw outside
        }
    }

    private static func content(
        for key: RootKey, by protection: RootKeyProtection
    ) async throws -> RootKeyDocument.Content {
        switch protection {
        case .none: return .plain(key.secret)
        case .passphrase(let text):
            let parameters = PassphraseSeal.fresh()
            return .sealed(try parameters.sealing(key, by: try parameters.derivedKey(text)))
        case .provider(let provider): return .wrapped(try await wrap(key, by: provider))
        case .given: throw outside
        }
    }

    private static var outside: KeyError {
        KeyError(.rootKeyOutside, "a root key that is given at each start is in no file")
    }
}

extension RootKeyProtection {
    fileprivate var name: String {
        switch self {
        case .none: "file"
        case .passphrase: "passphrase"
        case .provider(let provider): provider.kind
        case .given: "value"
        }
    }

    /// Whether a file is protected in this way, be it by another passphrase or key.
    fileprivate func fits(_ document: RootKeyDocument) -> Bool { name == document.protection }
}

extension RootKeyDocument {
    fileprivate var protection: String {
        switch content {
        case .plain: "file"
        case .sealed: "passphrase"
        case .wrapped(let key): key.provider
        }
    }
}
