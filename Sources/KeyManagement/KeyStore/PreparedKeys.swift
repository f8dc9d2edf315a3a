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

    /// What was made in a device, and that a transaction took, or did not take.
    func inDevice(taken isTaken: Bool) -> [NewKey] {
        let taken = taken.withLock { $0 }
        return keys.filter { taken.contains($0.key) == isTaken && $0.value.deviceKey != nil }.map(\.value)
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
        let isBodyDone = SharedFlag()
        do {
            let result = try await database.write { connection in
                isBodyDone.set(false)
                let result = try body(connection)
                isBodyDone.set(true)
                return result
            }
            await destroy(prepared.inDevice(taken: false))
            return result
        } catch {
            await destroy(prepared.inDevice(taken: false))
            // When the work itself failed nothing of it is in the store. A commit that failed may be there all the same.
            let taken = prepared.inDevice(taken: true)
            await destroy(isBodyDone.isSet ? withoutRow(taken) : taken)
            throw error
        }
    }

    /// Those of the keys that are certainly not in the store, after a commit that failed.
    ///
    /// They are looked for in a transaction that writes: once that is through, nothing that the failed one may have left in
    /// the database's log can come to life at the next start. When it does not get through, none is certain.
    private func withoutRow(_ keys: [NewKey]) async -> [NewKey] {
        guard !keys.isEmpty else { return [] }
        let now = clock.now()
        let found = try? await database.write { connection in
            let without = try keys.filter { try !KeyRows.hasVersion(kid: $0.kid, on: connection) }
            for key in without {
                try AuditLog.append(
                    AuditEntry(
                        at: now, actor: "system", action: "device-key.destroy", target: key.kid,
                        detail: #"{"reason":"the transaction that was to store it failed"}"#), to: connection)
            }
            return without
        }
        return found ?? []
    }

    private func destroy(_ keys: [NewKey]) async {
        guard let provider = device?.provider else { return }
        _ = await CallsAtOnce.map(keys.compactMap(\.deviceKey)) { try? await provider.destroyKey($0) }
    }

    func makeKeys(for rings: [RingSpec]) async throws -> PreparedKeys {
        let prepared = try await tryToMakeKeys(for: rings)
        guard let failure = prepared.failures.min(by: { $0.key.id < $1.key.id }) else { return prepared }
        await destroy(prepared.inDevice(taken: false))
        throw failure.value
    }

    /// The same, leaving out rings whose device does not answer.
    func tryToMakeKeys(for rings: [RingSpec]) async throws -> PreparedKeys {
        try await sealer.replenish()
        var keys: [RingSpec: NewKey] = [:]
        var failures: [RingSpec: any Error] = [:]
        var asked: [(ring: RingSpec, jwk: JWK?)] = []
        // First what is made here, also for a device to seal: what fails here will not get better.
        for ring in rings {
            do {
                try checkDevice(for: ring)
            } catch {
                failures[ring] = error
                continue
            }
            let jwk = ring.custody == .device ? nil : try generate(ring)
            if let jwk, ring.custody == .local { keys[ring] = try NewKey(jwk) } else { asked.append((ring, jwk)) }
            // Many RSA keys in a row would keep other tasks from this thread.
            await Task.yield()
        }
        let most = device?.provider.keysMadeAtOnce ?? CallsAtOnce.most
        let made = await CallsAtOnce.map(asked, most: most) { [self] in await askDevice(for: $0.ring, $0.jwk) }
        for ((ring, _), outcome) in zip(asked, made) {
            switch outcome {
            case .success(let key): keys[ring] = key
            case .failure(let error): failures[ring] = error
            }
        }
        return PreparedKeys(keys, failures: failures)
    }

    /// - Parameter jwk: what it is to seal; nil when it is to make a key.
    private func askDevice(for ring: RingSpec, _ jwk: JWK?) async -> Result<NewKey, any Error> {
        do {
            let device = try requireDevice(for: ring)
            guard let jwk else { return .success(try await device.makeKey(for: ring)) }
            let key = try await device.seal(jwk, for: ring)
            if let opened = key.opened { parsed.add(opened) }
            return .success(key)
        } catch {
            return .failure(error)
        }
    }

    /// Whether the device that is configured, if any, can keep the keys of this ring.
    ///
    /// - Throws: `key-device-missing`, `key-device-unfit`.
    package func checkDevice(for ring: RingSpec) throws(KeyError) {
        if ring.custody != .local { try requireDevice(for: ring).check(ring) }
    }

    /// - Parameter document: what is stored of a key of the ring, which tells where it is.
    func requireDevice(for ring: RingSpec, _ document: DeviceDocument? = nil) throws(KeyError) -> KeyDevice {
        guard let device else {
            let place = document.map { "are with \($0.provider) (\($0.place))" } ?? "belong into a device"
            throw KeyError(.deviceMissing, "the keys of \(ring.id) \(place), and keys.provider names none")
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

/// Whether something has happened, told from the thread of a transaction.
private final class SharedFlag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set(_ isSet: Bool) { value.withLock { $0 = isSet } }
}
