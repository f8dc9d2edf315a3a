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
        dataDirectory: String, passphrase: SecretBytes?, database: any Database, handover: RootKeyHandover? = nil
    ) async throws -> RootKey {
        if let key = try handover?.take() { return key }
        let isNew = try await database.read { try DataKeyRows.isEmpty(on: $0) }
        let key = try open(dataDirectory: dataDirectory, passphrase: passphrase, mayCreate: isNew)
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
        guard mayCreate else {
            throw KeyError(
                .rootKeyMissing,
                "there is no \(path), but the store has data sealed by a root key: put the file back from your backup")
        }
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
        }
        let key = try RootKey(secret)
        guard key.id == document.id else {
            throw KeyError(.rootKeyMalformed, "\(path) names the key \(document.id) but holds \(key.id)")
        }
        return key
    }
}
