import JOSE

/// Chooses the one key for a job: by its kid if one is asked for, else the single key that fits.
enum KeyChoice {
    /// - Parameters:
    ///   - kid: the name that the token or the caller gives.
    ///   - job: what the key is for, as in "no key for signing".
    ///   - make: binds a key to its job; throws when the key doesn't fit.
    /// - Throws: ``CommandFailure`` with `key-not-found`, `key-ambiguous`, or why the only key in question doesn't fit.
    static func choose<Key>(
        from keys: [JWK], kid: String?, job: String, make: (JWK) throws -> Key
    ) throws -> Key {
        guard !keys.isEmpty else { throw CommandFailure.refused("key-not-found", "--key names no key for \(job)") }
        var candidates = keys
        if let kid {
            candidates = keys.filter { $0.kid == kid }
            // A key that nobody has named can be meant by any name.
            if candidates.isEmpty { candidates = keys.filter { $0.kid == nil } }
            guard !candidates.isEmpty else {
                throw CommandFailure.refused("key-not-found", "no key is named \(quoted(kid))")
            }
        }
        var made: [(jwk: JWK, key: Key)] = []
        var reasons: [any Error] = []
        for candidate in candidates {
            do { made.append((candidate, try make(candidate))) } catch { reasons.append(error) }
        }
        let fitting = distinct(made)
        if fitting.count == 1, let key = fitting.first { return key }
        guard fitting.isEmpty else {
            throw CommandFailure.refused("key-ambiguous", "\(fitting.count) keys fit and no kid says which")
        }
        // Of a single candidate the precise reason helps; of many it would be one of many.
        if reasons.count == 1, let reason = reasons.first { throw reason }
        throw CommandFailure.refused("key-not-found", "none of \(candidates.count) keys fits for \(job)")
    }

    /// `text` as a message shows it: tokens of strangers may hold anything.
    static func quoted(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(80).map { scalar in
            scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7f ? String(scalar) : "?"
        }
        return "\"\(shown.joined())\(text.unicodeScalars.count > 80 ? "…" : "")\""
    }

    /// Both halves of one pair, given as two files, count once; the private one is kept.
    private static func distinct<Key>(_ made: [(jwk: JWK, key: Key)]) -> [Key] {
        var kept: [(jwk: JWK, key: Key)] = []
        for entry in made {
            let same = kept.firstIndex {
                $0.jwk.kid == entry.jwk.kid && $0.jwk.thumbprint() == entry.jwk.thumbprint()
            }
            guard let same else {
                kept.append(entry)
                continue
            }
            if entry.jwk.isPrivate, !kept[same].jwk.isPrivate { kept[same] = entry }
        }
        return kept.map(\.key)
    }
}
