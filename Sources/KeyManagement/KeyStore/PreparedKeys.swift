import JOSE
package import Store
import Synchronization

/// Keys made before the transaction that stores them: an RSA key takes a good part of a second, a device perhaps longer,
/// and a transaction holds up every other writer, so also the issue and the revocation of tokens.
package final class PreparedKeys: Sendable {
    private let keys: [RingSpec: NewKey]
    /// Why some could not be made, by ring.
    let failures: [RingSpec: any Error]
    private let taken = Mutex<Set<RingSpec>>([])

    /// No keys: whatever is missing is made within the transaction.
    package convenience init() { self.init([:]) }

    init(_ keys: [RingSpec: NewKey], failures: [RingSpec: any Error] = [:]) {
        self.keys = keys
        self.failures = failures
    }

    /// The ring's key, given away once; nil when there is none.
    func take(_ ring: RingSpec) -> NewKey? {
        keys[ring].flatMap { key in taken.withLock { $0.insert(ring).inserted } ? key : nil }
    }

    func has(_ ring: RingSpec) -> Bool { keys[ring] != nil && !taken.withLock { $0.contains(ring) } }

    /// What was made in a device and got no row.
    ///
    /// - Parameter isCommitted: whether the transaction that took some did its work.
    func leftInDevice(isCommitted: Bool) -> [DeviceKey] {
        let kept = isCommitted ? taken.withLock { $0 } : []
        return keys.filter { !kept.contains($0.key) }.compactMap(\.value.deviceKey)
    }
}

extension KeyStore {
    /// Makes a key for each of the rings that has no active version now, for
    /// ``ensureRing(_:prepared:actor:on:)`` within ``using(_:_:)``. Changes nothing in the store.
    ///
    /// Throws `key-ring-invalid` for a spec whose parts do not go together, `key-device-missing` and `key-device-unfit` for
    /// one that no device can keep; ``ProviderError``.
    package func prepareKeys(for rings: Set<RingSpec>) async throws -> PreparedKeys {
        for ring in rings {
            try ring.validate()
            try checkDevice(for: ring)
        }
        let missing = try await database.read { connection in
            try rings.filter { try KeyRows.active(of: $0, on: connection) == nil }
        }
        return try await makeKeys(for: Array(missing))
    }

    /// A transaction that uses prepared keys. Those that were made in a device and that it did not need are destroyed after
    /// it; a device that does not answer keeps them: they have no row and open nothing.
    @discardableResult
    package func using<Result: Sendable>(
        _ prepared: PreparedKeys, _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        do {
            let result = try await database.write(body)
            await discard(prepared, isCommitted: true)
            return result
        } catch {
            await discard(prepared, isCommitted: false)
            throw error
        }
    }

    private func discard(_ prepared: PreparedKeys, isCommitted: Bool) async {
        for key in prepared.leftInDevice(isCommitted: isCommitted) { try? await device?.provider.destroyKey(key) }
    }

    func makeKeys(for rings: [RingSpec]) async throws -> PreparedKeys {
        let prepared = try await tryToMakeKeys(for: rings)
        guard let failure = prepared.failures.min(by: { $0.key.id < $1.key.id }) else { return prepared }
        await discard(prepared, isCommitted: false)
        throw failure.value
    }

    /// The same, leaving out rings whose device does not answer.
    func tryToMakeKeys(for rings: [RingSpec]) async throws -> PreparedKeys {
        try await sealer.replenish()
        var keys: [RingSpec: NewKey] = [:]
        var failures: [RingSpec: any Error] = [:]
        for ring in rings {
            switch await attempt(ring) {
            case .success(let key): keys[ring] = key
            case .failure(let error): failures[ring] = error
            }
            // Many RSA keys in a row would keep other tasks from this thread.
            await Task.yield()
        }
        // What fails here without a device will not get better.
        if let (_, failure) = failures.first(where: { $0.key.custody == .local }) { throw failure }
        return PreparedKeys(keys, failures: failures)
    }

    private func attempt(_ ring: RingSpec) async -> Result<NewKey, any Error> {
        do { return .success(try await makeKey(for: ring)) } catch { return .failure(error) }
    }

    private func makeKey(for ring: RingSpec) async throws -> NewKey {
        guard ring.custody == .local else {
            let key = try await requireDevice(for: ring).makeKey(for: ring, generate: generate)
            if let opened = key.opened { parsed.add(opened) }
            return key
        }
        return try NewKey(try generate(ring))
    }

    /// Whether the device that is configured, if any, can keep the keys of this ring.
    ///
    /// - Throws: `key-device-missing`, `key-device-unfit`.
    package func checkDevice(for ring: RingSpec) throws(KeyError) {
        if ring.custody != .local { try requireDevice(for: ring).check(ring) }
    }

    func requireDevice(for ring: RingSpec) throws(KeyError) -> KeyDevice {
        guard let device else {
            throw KeyError(
                .deviceMissing, "the keys of \(ring.id) belong into a device, and keys.provider names none")
        }
        return device
    }

    /// A prepared key, or one that is made on the spot where that needs no device.
    func key(for ring: RingSpec, _ prepared: PreparedKeys) throws -> NewKey {
        if let key = prepared.take(ring) { return key }
        guard ring.custody == .local else {
            throw KeyError(.keyNotPrepared, "the ring \(ring.id) needs a key of its device: try again")
        }
        return try NewKey(try generate(ring))
    }
}
