package import JOSE
import Synchronization

/// A private half that this process does not have: it is in a device, or sealed by one that has not opened it yet.
///
/// Whoever needs it asks the device through here, and waits. Once a sealed one is open it is used like a local key, and the
/// next load has it as one.
package final class HeldKey: Sendable {
    /// Why a held key could not be used.
    package enum Failure: Error, Sendable {
        /// The device does not answer, or can't or must not do it: nothing is said of the token.
        case device(ProviderError)
        /// The token is not for this key, or not good.
        case token(JOSEError)
    }

    enum Place: Sendable {
        case device(DeviceKey)
        case sealed(wrapped: [UInt8], jwk: [UInt8])
    }

    package let kid: String
    let ring: RingSpec
    private let place: Mutex<Place>
    private let provider: any KeyProvider
    private let key = Mutex<ParsedKey?>(nil)
    private let hasBeenTried = Mutex(false)
    private let found = Mutex<KeyError?>(nil)

    init(kid: String, ring: RingSpec, place: Place, provider: any KeyProvider) {
        (self.kid, self.ring, self.provider) = (kid, ring, provider)
        self.place = Mutex(place)
    }

    /// The key, once it was opened; never for one that stays in the device.
    var opened: ParsedKey? { key.withLock { $0 } }

    /// What is wrong with what is stored of it, when the device has opened its part and the rest does not open.
    var damage: KeyError? { found.withLock { $0 } }

    /// Whether the device could open it and has not.
    var isClosed: Bool {
        guard case .sealed = place.withLock({ $0 }) else { return false }
        return opened == nil && damage == nil
    }

    /// Notes that the device has wrapped anew what seals this key: by its older version it may not open for long.
    func wasWrappedAnew(as content: DeviceDocument.Content) {
        guard case .sealed(let wrapped, let jwk) = content else { return }
        place.withLock { $0 = .sealed(wrapped: wrapped, jwk: jwk) }
    }

    /// Whether nobody has asked the device yet; true once.
    func isFirstAttempt() -> Bool {
        hasBeenTried.withLock { tried in
            defer { tried = true }
            return !tried
        }
    }

    /// Opens a token that is for this key.
    ///
    /// - Parameter verificationKeys: the keys that may have signed it, by the form that it may have: the device is asked once
    ///   for all of them.
    package func open(
        _ token: LockedToken, verificationKeys: [KeyDirectory<VerificationKey>]
    ) async throws(Failure) -> OpenedToken {
        switch place.withLock({ $0 }) {
        case .device(let device):
            let contentKey: SecretBytes
            do throws(ProviderError) {
                contentKey = try await provider.decrypt(token.encryptedKey, with: device)
            } catch {
                // What is wrong with a token is nobody's business, least of all its sender's.
                guard error.code == .refused else { throw .device(error) }
                throw .token(JOSEError(.decryptionFailed, "the token cannot be decrypted with this key"))
            }
            return try Self.firstThatVerifies(verificationKeys) { keys throws(JOSEError) in
                try token.open(contentKey: contentKey, verificationKeys: keys)
            }
        case .sealed:
            let parsed = try await unsealed()
            guard let decryption = parsed.decryption else { throw .device(unfit) }
            return try Self.firstThatVerifies(verificationKeys) { keys throws(JOSEError) in
                try token.open(with: decryption, verificationKeys: keys)
            }
        }
    }

    /// What the first directory that has the signature's key makes of a token.
    private static func firstThatVerifies(
        _ directories: [KeyDirectory<VerificationKey>],
        _ open: (KeyDirectory<VerificationKey>) throws(JOSEError) -> OpenedToken
    ) throws(Failure) -> OpenedToken {
        var failure = JOSEError(.keyNotFound, "no form is accepted")
        for keys in directories {
            do throws(JOSEError) {
                return try open(keys)
            } catch {
                failure = error
                guard error.code == .keyNotFound else { break }
            }
        }
        throw .token(failure)
    }

    /// Signs, in the form of JWS.
    ///
    /// - Parameter deadline: when the caller stops waiting. A call that is under way by then is cancelled, and ends within
    ///   the bounds of its device.
    package func sign(
        _ message: [UInt8], until deadline: ContinuousClock.Instant
    ) async throws(Failure) -> [UInt8] {
        let result = await Patience.result(within: ContinuousClock.now.duration(to: deadline)) {
            () -> Result<[UInt8], Failure> in
            do throws(Failure) { return .success(try await self.sign(message)) } catch { return .failure(error) }
        }
        guard let result else {
            throw .device(ProviderError(.unreachable, "\(provider.place) has not answered in time"))
        }
        return try result.get()
    }

    private func sign(_ message: [UInt8]) async throws(Failure) -> [UInt8] {
        switch place.withLock({ $0 }) {
        case .device(let device):
            do throws(ProviderError) {
                return try await provider.sign(message, with: device)
            } catch { throw .device(error) }
        case .sealed:
            guard let signing = try await unsealed().signing else { throw .device(unfit) }
            return try Self.noting { () throws(JOSEError) in try signing.sign(message.span) }
        }
    }

    /// The private half, opened by the device.
    @discardableResult
    func unsealed() async throws(Failure) -> ParsedKey {
        if let opened { return opened }
        if let damage { throw .device(ProviderError(.answerBroken, "\(damage)")) }
        guard case .sealed(let wrapped, let jwk) = place.withLock({ $0 }) else { throw .device(unfit) }
        do {
            let secret = try await DeviceSeal.open(wrapped: wrapped, jwk: jwk, kid: kid, ring: ring, by: provider)
            let parsed = try ParsedKey(secret: secret, kid: kid, ring: ring)
            key.withLock { $0 = parsed }
            return parsed
        } catch let error as ProviderError {
            throw .device(error)
        } catch {
            if let error = error as? KeyError, error.isDamage { found.withLock { $0 = error } }
            throw .device(ProviderError(.answerBroken, "\(error)"))
        }
    }

    static func noting<Result>(_ body: () throws(JOSEError) -> Result) throws(Failure) -> Result {
        do throws(JOSEError) { return try body() } catch { throw .token(error) }
    }

    private var unfit: ProviderError {
        ProviderError(.answerBroken, "the key \(kid) is not of the kind that its ring says")
    }
}
