import JOSE
package import Store
import Synchronization

/// The root key of an installation: where it came from, and how it gives way to another one.
package final class InstalledRootKey: Sendable {
    /// The key to open the store with.
    package let key: RootKey
    /// The key that is to take its place, when whoever started the service gave one.
    let successor: RootKey?
    private let opened: OpenedRootKey
    private let dataDirectory: String
    /// What wraps the file; nil when nothing does.
    private let provider: (any KeyProvider)?
    private let isChanging = Mutex(false)

    private init(
        _ opened: OpenedRootKey, in dataDirectory: String, _ protection: RootKeyProtection, successor: RootKey? = nil
    ) {
        (self.opened, self.dataDirectory, self.successor) = (opened, dataDirectory, successor)
        key = opened.key
        provider = if case .provider(let provider) = protection { provider } else { nil }
    }

    /// Opens the root key of an installation; makes one when the store is new.
    ///
    /// What a killed process had begun to change is finished or undone. Without a file, but with sealed data in the store,
    /// this throws `root-key-missing` and makes nothing: a new key could not open that data, and would hide the loss. The
    /// store's migrations must have run.
    ///
    /// - Parameter handover: where an earlier process of the same service may have left the key. If it did, neither
    ///   passphrase nor device is needed; if not, the key that is opened is left there.
    package static func open(
        dataDirectory: String, protection: RootKeyProtection, database: any Database, handover: RootKeyHandover? = nil
    ) async throws -> InstalledRootKey {
        let inForce = try await database.read { try DataKeyRows.rootKeyID(on: $0) }
        let left = try handover?.take()
        if case .given(let key, let previous) = protection {
            // A rotation would take the file for the key's place.
            guard !PrivateFile.exists(dataDirectory + "/" + RootKeyFile.name) else {
                throw KeyError(
                    .providerMismatch,
                    "root_key.value is given, and there is \(dataDirectory)/\(RootKeyFile.name) too: move the file out of the "
                        + "data directory, and keep it as a backup")
            }
            return try given(key, previous: previous, inForce: inForce, handover, in: dataDirectory)
        }
        if let left, inForce == nil || left.key.id == inForce {
            // The file is not needed, and of a key that was given there is none.
            if let inForce { try? RootKeyFile.settle(in: dataDirectory, inForce: inForce) }
            return InstalledRootKey(left, in: dataDirectory, protection)
        }
        if let inForce {
            do throws(KeyError) {
                try RootKeyFile.settle(in: dataDirectory, inForce: inForce)
            } catch {
                // A service that was given its root key forgets the setting: there never was a file.
                guard error.code == .rootKeyMissing, let left else { throw error }
                throw RootKeyFile.foreign(inForce, found: "this service was started with \(left.key.id)")
            }
        }
        if inForce == nil { try RootKeyFile.requireNoneProposed(in: dataDirectory) }
        // It was rotated since: the file holds the new one, and what was left opens it.
        if let opened = try left?.reopen(in: dataDirectory) {
            return InstalledRootKey(opened, in: dataDirectory, protection)
        }
        let opened = try await open(dataDirectory: dataDirectory, protection, mayCreate: inForce == nil)
        if left == nil { try handover?.leave(opened) }
        return InstalledRootKey(opened, in: dataDirectory, protection)
    }

    private static func open(
        dataDirectory: String, _ protection: RootKeyProtection, mayCreate: Bool
    ) async throws -> OpenedRootKey {
        switch protection {
        case .none:
            try RootKeyFile.opened(dataDirectory: dataDirectory, passphrase: nil, mayCreate: mayCreate)
        case .passphrase(let text):
            try RootKeyFile.opened(dataDirectory: dataDirectory, passphrase: text, mayCreate: mayCreate)
        case .provider(let provider):
            OpenedRootKey(
                key: try await RootKeyFile.open(
                    dataDirectory: dataDirectory, provider: provider, mayCreate: mayCreate))
        case .given(let key, _): OpenedRootKey(key: key)
        }
    }

    private static func given(
        _ key: RootKey, previous: RootKey?, inForce: String?, _ handover: RootKeyHandover?, in dataDirectory: String
    ) throws(KeyError) -> InstalledRootKey {
        let opened = OpenedRootKey(key: key)
        guard let inForce, inForce != key.id else {
            try handover?.leave(opened)
            return InstalledRootKey(opened, in: dataDirectory, .given(key, previous: nil))
        }
        guard let previous, previous.id == inForce else {
            let found = "root_key.value is \(key.id)" + (previous.map { " and root_key.previous_value \($0.id)" } ?? "")
            throw KeyError(
                .rootKeyForeign,
                "the store was sealed by the root key \(inForce), but \(found): give that one as root_key.value, or, to change "
                    + "to \(key.id), as root_key.previous_value")
        }
        // Later workers find the store sealed by the new one.
        try handover?.leave(opened)
        return InstalledRootKey(
            OpenedRootKey(key: previous), in: dataDirectory, .given(key, previous: previous), successor: key)
    }
}

// MARK: - Changing it

extension InstalledRootKey {
    /// Gives the store another root key, and protects it as the present one is.
    ///
    /// The file of the new one is written beside the old one's; all data keys are wrapped anew in one transaction; then the
    /// new file takes the old one's name. Killed in between, the next start finds by the store which of them is right.
    ///
    /// - Parameter record: the audit row, in that transaction.
    /// - Returns: the new key.
    func rotate(
        _ sealer: Sealer, record: @escaping @Sendable (RootKey, any SQLConnection) throws -> Void
    ) async throws -> RootKey {
        try await changing {
            let present = try await settled(sealer)
            let next = try RootKey.random()
            try RootKeyFile.propose(
                RootKeyDocument(id: next.id, content: try await content(for: next, like: present)), in: dataDirectory)
            do {
                try await sealer.changeRootKey(to: next) { try record(next, $0) }
            } catch {
                // The file goes only when it is certain that nothing needs it.
                if let inForce = try? await sealer.rootKeyInForce(), inForce.id != next.id {
                    try? RootKeyFile.discard(in: dataDirectory)
                }
                throw error
            }
            try RootKeyFile.adopt(in: dataDirectory)
            _ = try await sealer.rootKeyInForce()
            return next
        }
    }

    /// Wraps the present root key by the newest version of the device's key; false when no device wraps it.
    func protectAnew(_ sealer: Sealer) async throws -> Bool {
        guard provider != nil else { return false }
        return try await changing {
            let present = try await settled(sealer)
            let content = try await content(for: try await sealer.rootKeyInForce(), like: present)
            try RootKeyFile.propose(RootKeyDocument(id: present.id, content: content), in: dataDirectory)
            try RootKeyFile.adopt(in: dataDirectory)
            return true
        }
    }

    /// Gives the store the key that whoever started the service wants in its place.
    func succeed(
        _ sealer: Sealer, record: @escaping @Sendable (RootKey, any SQLConnection) throws -> Void
    ) async throws {
        guard let successor else { return }
        try await sealer.changeRootKey(to: successor) { try record(successor, $0) }
        _ = try await sealer.rootKeyInForce()
    }

    /// The file of the root key in force.
    ///
    /// - Throws: `root-key-outside` when there is none.
    private func settled(_ sealer: Sealer) async throws -> RootKeyDocument {
        let path = dataDirectory + "/" + RootKeyFile.name
        let inForce = try await sealer.rootKeyInForce()
        do throws(KeyError) {
            try RootKeyFile.settle(in: dataDirectory, inForce: inForce.id)
        } catch {
            guard error.code == .rootKeyMissing else { throw error }
            throw KeyError(
                .rootKeyOutside,
                "there is no \(path): if the root key is given at each start, start the service with another one as "
                    + "root_key.value, and this one as root_key.previous_value; else put the file back from your backup"
            )
        }
        return try RootKeyFile.existing(path)
    }

    /// How a file protects its key, around another key.
    private func content(for key: RootKey, like present: RootKeyDocument) async throws -> RootKeyDocument.Content {
        switch present.content {
        case .plain: return .plain(key.secret)
        case .sealed(let seal):
            // Proves that the file key is this passphrase's before anything depends on it.
            _ = try seal.open(id: present.id, by: opened.fileKey)
            return .sealed(try seal.sealing(key, by: opened.fileKey))
        case .wrapped(let wrapped):
            guard let provider, provider.kind == wrapped.provider else {
                throw KeyError(.providerMismatch, "root.key was wrapped by \(wrapped.provider) (\(wrapped.place))")
            }
            var next = try await RootKeyFile.wrap(key, by: provider)
            next.handover = try opened.sealForService(key)
            return .wrapped(next)
        }
    }

    private func changing<T>(_ body: () async throws -> T) async throws -> T {
        let isFree = isChanging.withLock { isChanging in
            defer { isChanging = true }
            return !isChanging
        }
        guard isFree else { throw KeyError(.transitionRefused, "the root key is being changed already: try again") }
        defer { isChanging.withLock { $0 = false } }
        return try await body()
    }
}

extension OpenedRootKey {
    /// Opens the file by the file key of this service; nil when it was written by another one, or needs no opening.
    fileprivate func reopen(in dataDirectory: String) throws(KeyError) -> OpenedRootKey? {
        let path = dataDirectory + "/" + RootKeyFile.name
        let document = try RootKeyFile.existing(path)
        let secret: SecretBytes? =
            switch document.content {
            case .plain: nil
            case .sealed(let seal): try? seal.open(id: document.id, by: fileKey)
            case .wrapped(let wrapped): wrapped.handover.flatMap { openForService($0, id: document.id) }
            }
        guard let secret else { return nil }
        return OpenedRootKey(key: try RootKeyFile.checked(secret, document, path), fileKey: fileKey)
    }
}
