package import Store

extension KeyStore {
    /// How long a load waits for a device to open keys that it sees for the first time.
    private static let patience = Duration.seconds(2)

    /// Reads all versions and the typed keys of those in use. Keys are parsed when first seen and shared afterwards.
    ///
    /// A key that a device has sealed is opened by it when it is first seen; when the device does not answer, the load goes
    /// on with a key that asks the device at each use, and ``openClosedKeys()`` tries again.
    ///
    /// A stored key that is damaged is left out and told in ``LoadedKeys/damaged``.
    ///
    /// - Throws: `key-device-missing` when another device than the configured one has a key in use.
    package func load() async throws -> LoadedKeys {
        let turn = parsed.begin()
        let (stored, forms) = try await database.read { (try KeyRows.all(on: $0), try FormRows.all(on: $0)) }
        let loaded = try assemble(stored, forms, turn)
        let unseen = parsed.closed.filter { $0.isFirstAttempt() }
        guard !unseen.isEmpty else { return loaded }
        await Self.open(unseen, within: Self.patience)
        return try assemble(stored, forms, turn)
    }

    /// The same within a transaction that reads more than keys, so that all of it belongs together.
    package func load(on connection: any SQLConnection) throws -> LoadedKeys {
        let turn = parsed.begin()
        return try assemble(try KeyRows.all(on: connection), try FormRows.all(on: connection), turn)
    }

    /// The damaged keys that the last load left out.
    package var damagedKeys: [DamagedKey] { parsed.damaged }

    /// What is wrong with the stored private half of a version in use; nil when it can be used.
    func damage(of version: StoredVersion) -> KeyError? {
        do throws(KeyError) {
            return try parse(version).held?.damage
        } catch {
            return error.isDamage ? error : nil
        }
    }

    /// Asks the device again for keys that it has not opened, and has everybody load those of which more is known since they
    /// were loaded: opened, for whomever, or damaged.
    ///
    /// - Returns: what is still closed, with the reason.
    package func openClosedKeys() async throws -> [(kid: String, reason: ProviderError)] {
        var left: [(kid: String, reason: ProviderError)] = []
        for key in parsed.closed {
            do throws(HeldKey.Failure) {
                try await key.unsealed()
            } catch {
                if case .device(let reason) = error, key.damage == nil { left.append((key.kid, reason)) }
            }
        }
        if parsed.hasNews { try await database.write { try $0.noteChange(.keys) } }
        return left
    }

    /// Opens all at once, and returns when that is done or the time is over; what takes longer goes on by itself.
    private static func open(_ keys: [HeldKey], within patience: Duration) async {
        await Patience.wait(patience) {
            await withTaskGroup { group in
                for key in keys { group.addTask { _ = try? await key.unsealed() } }
            }
        }
    }

    private func assemble(_ stored: [StoredVersion], _ forms: [SupersededForm], _ turn: Int) throws -> LoadedKeys {
        var states: [String: KeyState] = [:]
        var used: [LoadedKeys.Entry] = []
        var damaged: [DamagedKey] = []
        /// Kept all the same, so that no device is asked for them again.
        var unusable: [ParsedKey] = []
        for version in stored {
            states[version.kid] = version.lifecycle.state
            guard version.lifecycle.state.opensTokens else { continue }
            do throws(KeyError) {
                let key = try parse(version)
                if let damage = key.held?.damage {
                    unusable.append(key)
                    throw damage
                }
                used.append(LoadedKeys.Entry(state: version.lifecycle.state, key: key))
            } catch {
                guard error.isDamage else { throw error }
                damaged.append(DamagedKey(kid: version.kid, ring: version.ring, reason: error))
            }
        }
        parsed.keep(used.map(\.key) + unusable, damaged: damaged, turn: turn)
        // One that was discarded before its turn was in no copy that anyone could have kept.
        let revoked = stored.filter { $0.ring.owner == .issuer && $0.lifecycle.publishedAt != nil }
            .compactMap(\.lifecycle.revokedAt).max()
        return try LoadedKeys(
            entries: used, damaged: damaged, states: states, superseded: forms, lastPublishedRevocation: revoked,
            bereft: Set(Self.bereft(stored)))
    }

    private func parse(_ version: StoredVersion) throws(KeyError) -> ParsedKey {
        if let known = parsed.key(version.kid, for: version.ring) { return known }
        guard let sealed = version.sealed else {
            throw KeyError(.keyInvalid, "the key \(version.kid) is in use, but its private half is gone")
        }
        let secret = try sealer.open(sealed, row: version.place)
        guard version.ring.custody != .local else {
            return try ParsedKey(secret: secret, kid: version.kid, ring: version.ring)
        }
        let (document, publicJWK) = try heldParts(version, secret)
        let device = try requireDevice(for: version.ring, document)
        let held = try device.heldKey(document, kid: version.kid, ring: version.ring, publicJWK: publicJWK)
        return try ParsedKey(held: held, publicJWK: publicJWK)
    }
}
