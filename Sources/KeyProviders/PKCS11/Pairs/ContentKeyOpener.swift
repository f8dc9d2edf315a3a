import CPKCS11
import JOSE
import KeyManagement
import Synchronization

/// Opens content keys by the way that the token can do: `CKM_RSA_PKCS_OAEP` with SHA-256, or raw RSA
/// (`CKM_RSA_X_509`) with the padding undone here.
///
/// Ciphertexts come from strangers, who must not learn why theirs don't open (Manger's attack). So the way is found by a
/// ciphertext of our own, once, before the first of theirs is looked at; and whatever a module answers to one that it
/// does not open, the same is done and said.
final class ContentKeyOpener: Sendable {
    enum Way: Sendable {
        case oaep
        case raw
    }

    private struct State {
        var way: Way?
        /// When it was last seen, after a failure, that the token opens what is in order.
        var proven: ContinuousClock.Instant?
    }

    /// How long that holds.
    static let proofRest = Duration.seconds(1)

    private let state = Mutex(State())

    /// The way, when it is known.
    var way: Way? { state.withLock { $0.way } }

    /// The content key; nil when the ciphertext was not encrypted to this key.
    ///
    /// - Parameter ciphertext: one that the public half admits.
    func open(
        _ ciphertext: [UInt8], _ key: RSAPublicHalf, _ handle: UInt, _ session: TokenSession
    ) throws -> SecretBytes? {
        let way = try foundWay(key, handle, session)
        do throws(CryptokiModule.DecryptFailure) {
            return try Self.decrypt(ciphertext, way, key, handle, session)
        } catch {
            let failure = error.failure
            // Raw RSA opens every number: what fails then has failed for another reason.
            guard error.isBegun, !failure.isLoss, way == .oaep || failure.isRefusal else { throw failure }
            if way == .raw { return nil }
        }
        // Modules say of what they don't open what they say of a broken device, and some say different things for
        // different faults. None of it is looked at: the token proves itself by a ciphertext that is in order, but not so
        // often that strangers' ciphertexts would cost twice as much.
        guard try prove(way, key, handle, session) else { return nil }
        do throws(CryptokiModule.DecryptFailure) {
            // What was broken may have been so for that moment only.
            return try Self.decrypt(ciphertext, way, key, handle, session)
        } catch {
            guard error.isBegun, !error.failure.isLoss else { throw error.failure }
            return nil
        }
    }

    /// Finds the way that the token has, if it is not known yet, by a ciphertext of our own.
    @discardableResult
    func foundWay(_ key: RSAPublicHalf, _ handle: UInt, _ session: TokenSession) throws -> Way {
        if let way { return way }
        let secret = SecretBytes.random(count: 32)
        let ciphertext = try key.encrypt(secret)
        var answers: [String] = []
        for way in [Way.oaep, .raw] {
            do throws(CryptokiModule.DecryptFailure) {
                let opened = try Self.decrypt(ciphertext, way, key, handle, session)
                if opened == secret {
                    state.withLock { $0.way = $0.way ?? way }
                    return way
                }
                answers.append("it opens another content")
            } catch {
                guard !error.failure.isLoss else { throw error.failure }
                answers.append(error.failure.description)
                // A token that can't decrypt at all just now would look like one that can't do either.
                if way == .raw, error.failure.isVague { throw error.failure }
            }
        }
        throw ProviderError(
            .notSupported,
            "the token opens a content key neither by CKM_RSA_PKCS_OAEP with SHA-256 (\(answers[0])) nor by "
                + "CKM_RSA_X_509 (\(answers[1]))")
    }

    /// - Returns: whether it was proven just now; otherwise that was not long ago.
    private func prove(
        _ way: Way, _ key: RSAPublicHalf, _ handle: UInt, _ session: TokenSession
    ) throws -> Bool {
        let now = ContinuousClock.now
        guard !state.withLock({ $0.proven.map { now - $0 < Self.proofRest } ?? false }) else { return false }
        let secret = SecretBytes.random(count: 32)
        let ciphertext = try key.encrypt(secret)
        let opened: SecretBytes?
        do throws(CryptokiModule.DecryptFailure) {
            opened = try Self.decrypt(ciphertext, way, key, handle, session)
        } catch {
            throw error.failure
        }
        guard opened == secret else {
            throw ProviderError(
                .keyDisabled, "the private half in the token does not belong to the public half that is known")
        }
        state.withLock { $0.proven = .now }
        return true
    }

    private static func decrypt(
        _ ciphertext: [UInt8], _ way: Way, _ key: RSAPublicHalf, _ handle: UInt, _ session: TokenSession
    ) throws(CryptokiModule.DecryptFailure) -> SecretBytes? {
        let size = key.modulus.count
        var output = [UInt8](repeating: 0, count: size + CryptokiModule.slack)
        defer { wipe(&output) }
        let count = try session.module.decrypt(
            ciphertext, way == .oaep ? CPKCS11_RSA_OAEP : CPKCS11_RSA_RAW, into: &output, in: session.handle,
            key: handle)
        switch way {
        case .oaep:
            guard OAEPEncodedMessage.contentBytes.contains(count) else { return nil }
            var content = Array(output.prefix(count))
            defer { wipe(&content) }
            return SecretBytes(content)
        case .raw:
            // Fewer octets would have lost the leading zero, and would be found out by the first ciphertext.
            guard count == size else { return nil }
            // The pointer is read within the call.
            return unsafe output.withUnsafeBytes { octets in
                unsafe OAEPEncodedMessage.content(of: UnsafeRawBufferPointer(rebasing: octets[0..<size]))
            }
        }
    }
}
