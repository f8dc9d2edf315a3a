package import JOSE
package import Store

/// The root key in the file `root.key` of the data directory, readable by its owner alone.
package enum RootKeyFile {
    /// The file's name within the data directory.
    package static let name = "root.key"

    /// Opens the root key of an installation; makes one when the store is new.
    ///
    /// Without a file, but with sealed data in the store, this throws `root-key-missing` and makes nothing: a new key could
    /// not open that data, and would hide the loss. The store's migrations must have run.
    ///
    /// - Parameter handover: where an earlier process of the same service may have left the key. If it did, neither file
    ///   nor passphrase is looked at; if not, the key that is opened is left there.
    package static func open(
        dataDirectory: String, protection: RootKeyProtection, database: any Database, handover: RootKeyHandover? = nil
    ) async throws -> RootKey {
        if let key = try handover?.take() { return key }
        let isNew = try await database.read { try DataKeyRows.isEmpty(on: $0) }
        let key =
            switch protection {
            case .none: try open(dataDirectory: dataDirectory, passphrase: nil, mayCreate: isNew)
            case .passphrase(let text): try open(dataDirectory: dataDirectory, passphrase: text, mayCreate: isNew)
            case .provider(let provider):
                try await open(dataDirectory: dataDirectory, provider: provider, mayCreate: isNew)
            }
        try handover?.leave(key)
        return key
    }

    /// Opens the root key file; makes it when there is none and `mayCreate` allows it.
    ///
    /// A new file is complete and synced before it has its name, and never replaces another. With a passphrase the key is
    /// sealed by scrypt, which takes about half a second and 128 MiB.
    package static func open(
        dataDirectory: String, passphrase: SecretBytes?, mayCreate: Bool = true
    ) throws(KeyError) -> RootKey {
        let path = dataDirectory + "/" + name
        if let text = try PrivateFile.contents(of: path, atMost: RootKeyDocument.maximumBytes) {
            return try read(text, path: path, passphrase: passphrase)
        }
        guard mayCreate else { throw missing(path) }
        let key = try RootKey.random()
        if try create(key, at: path, passphrase: passphrase) { return key }
        // Another process made the file in the meantime: its key is the one.
        guard let text = try PrivateFile.contents(of: path, atMost: RootKeyDocument.maximumBytes) else {
            throw KeyError(.rootKeyUnavailable, "\(path) appeared and vanished")
        }
        return try read(text, path: path, passphrase: passphrase)
    }

    private static func create(_ key: RootKey, at path: String, passphrase: SecretBytes?) throws(KeyError) -> Bool {
        let content: RootKeyDocument.Content
        if let passphrase {
            content = .sealed(try PassphraseSeal.seal(key, passphrase: passphrase))
        } else {
            content = .plain(key.secret)
        }
        var text = RootKeyDocument(id: key.id, content: content).serialized()
        defer { wipe(&text) }
        return try PrivateFile.create(path, content: text)
    }

    private static func read(_ text: [UInt8], path: String, passphrase: SecretBytes?) throws(KeyError) -> RootKey {
        var text = text
        defer { wipe(&text) }
        let document = try RootKeyDocument(parsing: text)
        let secret: SecretBytes
        switch (document.content, passphrase) {
        case (.plain(let plain), nil):
            secret = plain
        case (.plain, .some):
            throw KeyError(.passphraseUnexpected, "\(path) is not sealed: remove the passphrase from the configuration")
        case (.sealed, nil):
            throw KeyError(.passphraseRequired, "\(path) is sealed by a passphrase, and none was given")
        case (.sealed(let seal), .some(let passphrase)):
            secret = try seal.open(id: document.id, passphrase: passphrase)
        case (.wrapped(let wrapped), _):
            throw KeyError(
                .providerMismatch,
                "\(path) was wrapped by \(wrapped.provider) (\(wrapped.place)): set root_key.provider to that")
        }
        return try checked(secret, document, path)
    }

    private static func checked(
        _ secret: SecretBytes, _ document: RootKeyDocument, _ path: String
    ) throws(KeyError) -> RootKey {
        let key = try RootKey(secret)
        guard key.id == document.id else {
            throw KeyError(.rootKeyMalformed, "\(path) names the key \(document.id) but holds \(key.id)")
        }
        return key
    }

    private static func missing(_ path: String) -> KeyError {
        KeyError(
            .rootKeyMissing,
            "there is no \(path), but the store has data sealed by a root key: put the file back from your backup")
    }
}

// MARK: Wrapped by a provider

extension RootKeyFile {
    /// Opens the root key file by a provider; makes it when there is none and `mayCreate` allows it.
    ///
    /// - Throws: ``KeyError``, ``ProviderError``.
    package static func open(
        dataDirectory: String, provider: any KeyProvider, mayCreate: Bool = true
    ) async throws -> RootKey {
        let path = dataDirectory + "/" + name
        if let text = try PrivateFile.contents(of: path, atMost: RootKeyDocument.maximumBytes) {
            return try await read(text, path: path, provider: provider)
        }
        guard mayCreate else { throw missing(path) }
        let key = try RootKey.random()
        let wrapped = try await provider.wrap(key.secret, context: WrappedRootKey.context(id: key.id))
        // What can't be opened again must not become the only copy of a key that seals everything.
        let again = try await provider.unwrap(wrapped, context: WrappedRootKey.context(id: key.id))
        guard again == key.secret else {
            throw ProviderError(.answerBroken, "\(provider.place) opens another secret than it wrapped")
        }
        let content = WrappedRootKey(provider: provider.kind, place: provider.place, wrapped: wrapped)
        let document = RootKeyDocument(id: key.id, content: .wrapped(content))
        if try PrivateFile.create(path, content: document.serialized()) { return key }
        guard let text = try PrivateFile.contents(of: path, atMost: RootKeyDocument.maximumBytes) else {
            throw KeyError(.rootKeyUnavailable, "\(path) appeared and vanished")
        }
        return try await read(text, path: path, provider: provider)
    }

    private static func read(
        _ text: [UInt8], path: String, provider: any KeyProvider
    ) async throws -> RootKey {
        var text = text
        defer { wipe(&text) }
        let document = try RootKeyDocument(parsing: text)
        guard case .wrapped(let key) = document.content, key.provider == provider.kind else {
            let found =
                switch document.content {
                case .wrapped(let key): "was wrapped by \(key.provider) (\(key.place))"
                case .plain: "is not wrapped by anything"
                case .sealed: "is sealed by a passphrase"
                }
            throw KeyError(.providerMismatch, "\(path) \(found), and root_key.provider says \(provider.kind)")
        }
        let secret: SecretBytes
        do throws(ProviderError) {
            secret = try await provider.unwrap(key.wrapped, context: WrappedRootKey.context(id: document.id))
        } catch {
            guard error.code == .refused else { throw error }
            throw ProviderError(
                .refused, "\(path) was wrapped by another key (\(key.place)), or was changed: \(error.reason)")
        }
        return try checked(secret, document, path)
    }
}
