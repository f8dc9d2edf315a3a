package import JOSE

/// A device or service that holds keys which never leave it: a KMS, an HSM.
///
/// Every call may take long and may fail in the ways of ``ProviderError``. A provider repeats what may be repeated by itself
/// and keeps its calls within its own bounds of time; who calls it waits and does nothing else about that.
package protocol KeyProvider: Sendable {
    /// What `root_key.provider` calls it.
    var kind: String { get }
    /// Where the keys are, for messages and for the root key's file; no secret.
    var place: String { get }
    /// What it can do.
    var capabilities: ProviderCapabilities { get }

    /// Encrypts a secret of at most 64 octets under the device's newest key version.
    ///
    /// - Parameter context: authenticated with it where the device can do that: the same must be given to open it.
    func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8]

    /// Opens what ``wrap(_:context:)`` made, by whichever version of the device's key made it.
    ///
    /// - Throws: `provider-refused` for what this device's key did not wrap, or not with this context.
    func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes

    /// What ``makeKey(_:kid:)`` can be asked for; empty for a device that only wraps.
    ///
    /// A device of this kind may still lack one of them (an HSM without RSA): that shows as `provider-not-supported` when a
    /// key is to be made.
    var keyAlgorithms: Set<DeviceKeyAlgorithm> { get }

    /// How many keys it is asked for at once. Making one may take seconds, and what is used meanwhile needs places too.
    var keysMadeAtOnce: Int { get }

    /// Makes a key pair in the device, whose private half can't be taken out of it.
    ///
    /// - Parameter kid: 22 characters of base64url, random: part of what the device calls the key, so that whoever looks
    ///   into the device finds the key of a kid.
    /// - Throws: `provider-not-supported` for an algorithm that the device lacks.
    func makeKey(_ algorithm: DeviceKeyAlgorithm, kid: String) async throws(ProviderError) -> DeviceKey

    /// A key's signature over `message`, which the device or the provider hashes, in the form of JWS (RFC 7518 section 3):
    /// R and S of ECDSA, each of full length.
    func sign(_ message: [UInt8], with key: DeviceKey) async throws(ProviderError) -> [UInt8]

    /// Opens what was encrypted to a key by RSA-OAEP-256 (RFC 7518 section 4.3).
    ///
    /// - Parameter ciphertext: comes from strangers, as anyone can encrypt to a public key: any length, any octets. A
    ///   ciphertext that is none costs no more than one that is, and no time or message tells why it is none.
    /// - Throws: `provider-refused` for what was not encrypted to this key.
    func decrypt(_ ciphertext: [UInt8], with key: DeviceKey) async throws(ProviderError) -> SecretBytes

    /// Destroys a key for good; does nothing to one that is gone already.
    func destroyKey(_ key: DeviceKey) async throws(ProviderError)

    /// Asks whether the device would do what it is used for: lets its credentials in, and has the key that wraps, if one is
    /// set. It is called again and again, uses no key, is not among the ``statistics``, and changes nothing about when
    /// calls are made.
    func checkHealth() async throws(ProviderError)

    /// What was asked of the device so far.
    var statistics: ProviderStatistics { get }

    /// Lets go of sessions and connections. Nothing is called afterwards.
    func close() async
}

/// What a provider can do.
package struct ProviderCapabilities: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Seals the root key.
    package static let wrapping = ProviderCapabilities(rawValue: 1)
    /// Authenticates the context of what it wraps.
    package static let authenticatedContext = ProviderCapabilities(rawValue: 2)
    /// Makes keys that never leave it, and uses them: see ``KeyProvider/keyAlgorithms``.
    package static let keys = ProviderCapabilities(rawValue: 4)
}

/// What a wrapped secret is for, authenticated with it: it opens in its own place only.
package struct WrapContext: Sendable, Hashable {
    /// What the secret is, such as `root-key`.
    package let purpose: String
    /// Which of them.
    package let id: String

    package init(purpose: String, id: String) {
        self.purpose = purpose
        self.id = id
    }

    /// As octets, for devices that authenticate octets.
    package var octets: [UInt8] { AssociatedData.encode("signet wrapped secret v1", [purpose, id]) }

    /// As named values, for devices that authenticate those.
    package var members: [(name: String, value: String)] { [("signet-purpose", purpose), ("signet-id", id)] }
}

/// Counts of a provider's calls since the process began.
package struct ProviderStatistics: Sendable, Hashable {
    /// Calls that the device answered, be it that it does not open what it was given: that is no fault of the device.
    package var answered: Int64 = 0
    /// Calls that failed, after all repetitions.
    package var failed: Int64 = 0
    /// Repetitions.
    package var retried: Int64 = 0
    /// Calls that were not made, since the device had failed again and again just before, or too many were under way.
    package var refused: Int64 = 0
    /// Whether calls are made at present.
    package var isAvailable = true
    /// The latest call that failed for good, if no call of its kind with its key has succeeded since and it is not long ago.
    package var faultInUse: ProviderError?

    package init() {}
}
