/// One root key file takes the place of another: written beside it, then renamed over it, so that there is a whole one that
/// opens the store at every moment.
extension RootKeyFile {
    /// Writes what is to take the file's place, whole and synced, as `root.key.new`.
    static func propose(_ document: RootKeyDocument, in dataDirectory: String) throws(KeyError) {
        let path = dataDirectory + "/" + nextName
        try PrivateFile.remove(path)
        guard try write(document, to: path) else {
            throw KeyError(.rootKeyUnavailable, "\(path) appeared while another one was to be written")
        }
        // What is on the disk is what counts from now on.
        guard try existing(path).serialized() == document.serialized() else {
            throw KeyError(.rootKeyUnavailable, "\(path) holds something else than was written to it")
        }
    }

    /// Puts `root.key.new` in the file's place.
    static func adopt(in dataDirectory: String) throws(KeyError) {
        try PrivateFile.rename(dataDirectory + "/" + nextName, over: dataDirectory + "/" + name)
    }

    /// Forgets `root.key.new`.
    static func discard(in dataDirectory: String) throws(KeyError) {
        try PrivateFile.remove(dataDirectory + "/" + nextName)
    }

    /// Finishes or undoes what a killed process had begun: of `root.key` and `root.key.new` the one that the store was
    /// sealed by becomes, or stays, `root.key`.
    ///
    /// - Parameter inForce: the id of the root key that wraps the store's data keys.
    /// - Throws: `root-key-foreign` when it is neither, `root-key-missing` when there is none; nothing is changed then.
    static func settle(in dataDirectory: String, inForce: String) throws(KeyError) {
        PrivateFile.removeDrafts(of: [nextName], in: dataDirectory)
        let path = dataDirectory + "/" + name
        let present = Result { () throws(KeyError) in try document(at: path)?.id }
        if (try? present.get()) == inForce {
            // Whatever it is, it opens nothing that root.key does not.
            if PrivateFile.exists(dataDirectory + "/" + nextName) { try discard(in: dataDirectory) }
            return
        }
        if let next = try? document(at: dataDirectory + "/" + nextName), next.id == inForce {
            return try adopt(in: dataDirectory)
        }
        guard let found = try present.get() else { throw missing(path) }
        throw foreign(inForce, found: "\(path) holds \(found)")
    }

    /// Refuses to go on beside a change that was cut off when there is no store that tells how it ended.
    static func requireNoneProposed(in dataDirectory: String) throws(KeyError) {
        let path = dataDirectory + "/" + nextName
        guard PrivateFile.exists(path) else { return }
        // The same key, protected in another way: neither is the only copy.
        if let next = try? document(at: path)?.id, let present = try? document(at: dataDirectory + "/" + name)?.id,
            next == present
        {
            return
        }
        throw KeyError(
            .rootKeyUnavailable,
            "\(path) is there, from a change of the root key that was cut off, and it may be the only copy of the key in force. "
                + "The store tells, and none with keys is found: set store.url to the one that this data directory belongs to"
        )
    }

    /// - Parameter found: where another key is, and its id.
    static func foreign(_ inForce: String, found: String) -> KeyError {
        KeyError(
            .rootKeyForeign,
            "the store was sealed by the root key \(inForce), but \(found): that is the root key of another installation, "
                + "or of a backup from before or after a rotation; put back the one that goes with the store")
    }
}
