package import JOSE

/// The root key in the file `root.key` of the data directory, readable by its owner alone.
package enum RootKeyFile {
    /// The file's name within the data directory.
    package static let name = "root.key"
    /// The name of what is about to take the file's place.
    package static let nextName = "root.key.new"

    /// Opens the root key file; makes it when there is none and `mayCreate` allows it.
    ///
    /// A new file is complete and synced before it has its name, and never replaces another. With a passphrase the key is
    /// sealed by scrypt, which takes about half a second and 128 MiB.
    package static func open(
        dataDirectory: String, passphrase: SecretBytes?, mayCreate: Bool = true
    ) throws(KeyError) -> RootKey {
        try opened(dataDirectory: dataDirectory, passphrase: passphrase, mayCreate: mayCreate).key
    }

    static func opened(
        dataDirectory: String, passphrase: SecretBytes?, mayCreate: Bool
    ) throws(KeyError) -> OpenedRootKey {
        let path = dataDirectory + "/" + name
        if let document = try document(at: path) { return try open(document, path: path, passphrase: passphrase) }
        guard mayCreate else { throw missing(path) }
        if let made = try create(at: path, passphrase: passphrase) { return made }
        // Another process made the file in the meantime: its key is the one.
        return try open(try existing(path), path: path, passphrase: passphrase)
    }

    /// Makes the file; nil when another process made it in the meantime.
    private static func create(at path: String, passphrase: SecretBytes?) throws(KeyError) -> OpenedRootKey? {
        let opened: OpenedRootKey
        let content: RootKeyDocument.Content
        if let passphrase {
            guard passphrase.count > 0 else { throw KeyError(.passphraseRequired, "the passphrase is empty") }
            let parameters = PassphraseSeal.fresh()
            opened = OpenedRootKey(key: try .random(), fileKey: try parameters.derivedKey(passphrase))
            content = .sealed(try parameters.sealing(opened.key, by: opened.fileKey))
        } else {
            opened = OpenedRootKey(key: try .random())
            content = .plain(opened.key.secret)
        }
        return try write(RootKeyDocument(id: opened.key.id, content: content), to: path) ? opened : nil
    }

    static func open(
        _ document: RootKeyDocument, path: String, passphrase: SecretBytes?
    ) throws(KeyError) -> OpenedRootKey {
        switch (document.content, passphrase) {
        case (.plain(let plain), nil):
            return OpenedRootKey(key: try checked(plain, document, path))
        case (.plain, .some):
            throw KeyError(
                .passphraseUnexpected,
                "\(path) is not sealed: remove the passphrase from the configuration, or seal it by signet keys protect"
            )
        case (.sealed, nil):
            throw KeyError(.passphraseRequired, "\(path) is sealed by a passphrase, and none was given")
        case (.sealed(let seal), .some(let passphrase)):
            let fileKey = try seal.derivedKey(passphrase)
            return OpenedRootKey(
                key: try checked(try seal.open(id: document.id, by: fileKey), document, path), fileKey: fileKey)
        case (.wrapped(let wrapped), _):
            throw KeyError(
                .providerMismatch,
                "\(path) was wrapped by \(wrapped.provider) (\(wrapped.place)): set root_key.provider to that; signet keys protect "
                    + "changes how it is protected")
        }
    }

    static func checked(
        _ secret: SecretBytes, _ document: RootKeyDocument, _ path: String
    ) throws(KeyError) -> RootKey {
        let key = try RootKey(secret)
        guard key.id == document.id else {
            throw KeyError(.rootKeyMalformed, "\(path) names the key \(document.id) but holds \(key.id)")
        }
        return key
    }

    // MARK: The file

    /// What a file holds; nil when there is none.
    static func document(at path: String) throws(KeyError) -> RootKeyDocument? {
        guard var text = try PrivateFile.contents(of: path, atMost: RootKeyDocument.maximumBytes) else { return nil }
        defer { wipe(&text) }
        do throws(KeyError) {
            return try RootKeyDocument(parsing: text)
        } catch {
            throw KeyError(error.code, "\(path): \(error.reason): put back the copy from your backups")
        }
    }

    static func existing(_ path: String) throws(KeyError) -> RootKeyDocument {
        guard let document = try document(at: path) else {
            throw KeyError(.rootKeyUnavailable, "\(path) appeared and vanished")
        }
        return document
    }

    /// Makes a file; false when the name is taken.
    static func write(_ document: RootKeyDocument, to path: String) throws(KeyError) -> Bool {
        var text = document.serialized()
        defer { wipe(&text) }
        return try PrivateFile.create(path, content: text)
    }

    static func missing(_ path: String) -> KeyError {
        KeyError(
            .rootKeyMissing,
            "there is no \(path) and no root_key.value is given, but the store has data sealed by a root key: put the file "
                + "back from your backup, or, if the key itself has been given so far, give it again as root_key.value")
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
        if let document = try document(at: path) { return try await open(document, path: path, provider: provider) }
        guard mayCreate else { throw missing(path) }
        let key = try RootKey.random()
        let document = RootKeyDocument(id: key.id, content: .wrapped(try await wrap(key, by: provider)))
        if try write(document, to: path) { return key }
        return try await open(try existing(path), path: path, provider: provider)
    }

    /// Wraps a root key, and opens it again: what can't be opened must not become the only copy of a key that seals
    /// everything.
    static func wrap(_ key: RootKey, by provider: any KeyProvider) async throws -> WrappedRootKey {
        let wrapped = try await provider.wrap(key.secret, context: WrappedRootKey.context(id: key.id))
        let again = try await provider.unwrap(wrapped, context: WrappedRootKey.context(id: key.id))
        guard again == key.secret else {
            throw ProviderError(.answerBroken, "\(provider.place) opens another secret than it wrapped")
        }
        return WrappedRootKey(provider: provider.kind, place: provider.place, wrapped: wrapped)
    }

    static func open(
        _ document: RootKeyDocument, path: String, provider: any KeyProvider
    ) async throws -> RootKey {
        guard case .wrapped(let key) = document.content, key.provider == provider.kind else {
            let found =
                switch document.content {
                case .wrapped(let key): "was wrapped by \(key.provider) (\(key.place))"
                case .plain: "is not wrapped by anything"
                case .sealed: "is sealed by a passphrase"
                }
            throw KeyError(
                .providerMismatch,
                "\(path) \(found), and root_key.provider says \(provider.kind): signet keys protect changes how it is "
                    + "protected")
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
