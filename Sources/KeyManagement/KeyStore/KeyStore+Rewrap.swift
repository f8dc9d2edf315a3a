import JOSE
import Store

extension KeyStore {
    /// The versions whose private halves a device has sealed.
    func kidsSealedByDevice() async throws -> [String] {
        try await database.read { try KeyRows.kids(in: .deviceSealed, on: $0) }
    }

    /// Has the device wrap anew, by the newest version of its key, what seals a version's private half. Nobody who uses the
    /// key notices.
    ///
    /// - Returns: the code of what keeps it from that; nil when it is done, when the private half is gone, and for a row
    ///   that does not open, of which whoever seals all rows anew tells.
    /// - Throws: what is wrong with the store.
    func wrapAnew(kid: String) async throws -> String? {
        do {
            guard let version = try await database.read({ try KeyRows.version(kid: kid, on: $0) }),
                let sealed = version.sealed, let secret = try? sealer.open(sealed, row: version.place)
            else { return nil }
            let device = try requireDevice(for: version.ring)
            let document = try await device.wrapAnew(
                try heldParts(version, secret).document, kid: kid, ring: version.ring)
            try await sealer.replenish()
            try await database.write { [sealer] connection in
                let again = try sealer.seal(document.serialized(), row: version.place, on: connection)
                // Whoever changed the row meanwhile has destroyed the private half.
                try connection.execute(KeyRows.sealedColumn.replace, [.blob(again), .text(kid), .blob(sealed)])
            }
            for held in parsed.closed where held.kid == kid { held.wasWrappedAnew(as: document.content) }
            return nil
        } catch let error as ProviderError {
            return error.code.rawValue
        } catch let error as KeyError where error.code != .dataKeyExhausted {
            return error.code.rawValue
        } catch let error as StoreError where error.code == .rowInvalid {
            return error.code.rawValue
        }
    }
}
