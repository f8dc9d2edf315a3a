/// Why a key could not be made, sealed, opened, found or moved to another state. Reasons hold no secret.
package struct KeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. The raw strings are stable and documented.
    package enum Code: String, Sendable, CaseIterable {
        /// There is no root key file, but the store has data that one has sealed.
        case rootKeyMissing = "root-key-missing"
        /// The root key file can't be opened, read or written.
        case rootKeyUnavailable = "root-key-unavailable"
        /// Others than its owner may read or write the root key file, or it belongs to somebody else.
        case rootKeyExposed = "root-key-exposed"
        /// The root key file is truncated, damaged or of an unknown version.
        case rootKeyMalformed = "root-key-malformed"
        /// The root key file is sealed and no passphrase was given.
        case passphraseRequired = "root-key-passphrase-required"
        /// The passphrase does not open the root key file (or the file was changed).
        case passphraseWrong = "root-key-passphrase-wrong"
        /// A passphrase was given, but the root key file is not sealed.
        case passphraseUnexpected = "root-key-passphrase-unexpected"
        /// The root key file is protected otherwise than the configuration says.
        case providerMismatch = "root-key-provider-mismatch"
        /// The store was sealed by another root key than this one.
        case rootKeyForeign = "root-key-foreign"
        /// The root key is not kept by Signet, so it can't make another one.
        case rootKeyOutside = "root-key-outside"
        /// Sealed bytes are truncated or of an unknown version.
        case sealedMalformed = "sealed-malformed"
        /// The data key that sealed the bytes is not in the store.
        case dataKeyUnknown = "data-key-unknown"
        /// The data key has sealed as often as was reserved for it.
        case dataKeyExhausted = "data-key-exhausted"
        /// Sealed bytes were changed, or belong to another row.
        case sealBroken = "seal-broken"
        /// The algorithm, the curve, the purpose and the owner of a ring do not go together.
        case ringInvalid = "key-ring-invalid"
        /// No ring is chosen by these words.
        case ringUnknown = "key-ring-unknown"
        /// No key version has this kid.
        case kidUnknown = "kid-unknown"
        /// The key version is in a state from which this is not allowed, or its time has not come.
        case transitionRefused = "key-transition-refused"
        /// A lifetime that would cut off tokens that are still good.
        case timingRefused = "key-timing-refused"
        /// Nothing can be encrypted to the key that an export was asked for.
        case recipientInvalid = "key-recipient-invalid"
        /// A key that is in a device, or sealed by one, is not given away.
        case keyNotExportable = "key-not-exportable"
        /// A device has the keys of a ring, and it is not the one that is configured.
        case deviceMissing = "key-device-missing"
        /// The device that is configured can't do what a ring needs.
        case deviceUnfit = "key-device-unfit"
        /// A key of a device was not made before it was needed, since something else changed at the same time.
        case keyNotPrepared = "key-not-prepared"
        /// A stored key is not what its row says.
        case keyInvalid = "stored-key-invalid"
    }

    package let code: Code
    /// What was expected and what came.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Whether one stored key is damaged, and nothing is said of the others.
    var isDamage: Bool {
        switch code {
        case .sealedMalformed, .dataKeyUnknown, .sealBroken, .keyInvalid: true
        default: false
        }
    }

    package var description: String { "\(code.rawValue): \(reason)" }
}
