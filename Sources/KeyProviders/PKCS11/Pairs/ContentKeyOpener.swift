import CPKCS11
import JOSE
import KeyManagement
import Synchronization

/// Opens content keys by the way that the token can do: `CKM_RSA_PKCS_OAEP` with SHA-256, or raw RSA
/// (`CKM_RSA_X_509`) with the padding undone here.
///
/// Ciphertexts come from strangers, who must not learn why theirs don't open (Manger's attack). So the way is found by a
/// ciphertext of our own, once, before the first of theirs is looked at; and whatever a module answers to one that it
/// does not open, the same is said, and the same is done for a first octet that is not zero as for any other fault.
///
/// Nor must a device that is broken make good tokens look like bad ones. Modules say of what they don't open what they say of a
/// broken device, some of them. What a module says of junk is found out with the way; after any other answer the token has
/// to open a ciphertext of our own before it is believed.
final class ContentKeyOpener: Sendable {
    enum Way: Sendable {
        case oaep
        case raw
    }

    private struct State {
        var way: Way?
        /// What the module answers to what it does not open, if that speaks of the data, and is the same for a first octet that
        /// is not zero and for another fault.
        var refusal: ReturnValue?
        /// When it was last seen, after a failure, that the token opens what is in order.
        var proven: ContinuousClock.Instant?
    }

    /// How long that holds, where the module has said that it is the ciphertext.
    static let proofRest = Duration.seconds(1)

    private let state = Mutex(State())

    /// The way, when it is known.
    var way: Way? { state.withLock { $0.way } }

    /// What the module says of junk, when that is known.
    var refusal: ReturnValue? { state.withLock { $0.refusal } }

    /// The content key; nil when the ciphertext was not encrypted to this key.
    ///
    /// - Parameter ciphertext: one that the public half admits.
    func open(
        _ ciphertext: [UInt8], _ key: RSAPublicHalf, _ handle: UInt, _ session: TokenSession
    ) throws -> SecretBytes? {
        let way = try foundWay(key, handle, session)
        let isRefusal: Bool
        do throws(CryptokiModule.DecryptFailure) {
            return try Self.decrypt(ciphertext, way, key, handle, session)
        } catch {
            let failure = error.failure
            // Raw RSA opens every number: what fails then has failed for another reason.
            guard error.isBegun, !failure.isLoss, way == .oaep || failure.isRefusal else { throw failure }
            if way == .raw { return nil }
            isRefusal = failure.value == refusal
        }
        // Not so often that strangers' ciphertexts would cost twice as much: the key in the token may be another one than it was.
        let isProvenLately = state.withLock { $0.proven.map { .now - $0 < Self.proofRest } ?? false }
        if isRefusal, isProvenLately { return nil }
        try prove(way, key, handle, session)
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
            let opened: SecretBytes?
            do throws(CryptokiModule.DecryptFailure) {
                opened = try Self.decrypt(ciphertext, way, key, handle, session)
            } catch {
                guard !error.failure.isLoss else { throw error.failure }
                answers.append(error.failure.description)
                // A token that can't decrypt at all just now would look like one that can't do either.
                if way == .raw, error.failure.isVague { throw error.failure }
                continue
            }
            if opened == secret { return try remember(way, key, handle, session) }
            answers.append("it opens another content")
        }
        throw ProviderError(
            .notSupported,
            "the token opens a content key neither by CKM_RSA_PKCS_OAEP with SHA-256 (\(answers[0])) nor by "
                + "CKM_RSA_X_509 (\(answers[1]))")
    }

    /// The way for all that follows, with what the module says of junk on it.
    private func remember(
        _ way: Way, _ key: RSAPublicHalf, _ handle: UInt, _ session: TokenSession
    ) throws -> Way {
        let refusal = way == .oaep ? try Self.answerToJunk(key, handle, session) : nil
        return state.withLock { state in
            if let known = state.way { return known }
            (state.way, state.refusal) = (way, refusal)
            return way
        }
    }

    /// What the module answers to ciphertexts of our own that it can't open; nil when it has no one word for them that speaks of
    /// the data.
    private static func answerToJunk(
        _ key: RSAPublicHalf, _ handle: UInt, _ session: TokenSession
    ) throws -> ReturnValue? {
        // By another hash the first octet is zero and the rest is wrong; in a number that is drawn it is anything.
        let junk = [try key.encrypt(.random(count: 32), isSHA1: true)] + (0..<2).map { _ in key.randomCiphertext() }
        var answers: Set<ReturnValue> = []
        for ciphertext in junk {
            do throws(CryptokiModule.DecryptFailure) {
                _ = try decrypt(ciphertext, .oaep, key, handle, session)
                return nil
            } catch {
                guard !error.failure.isLoss else { throw error.failure }
                guard error.isBegun, error.failure.isRefusal else { return nil }
                answers.insert(error.failure.value)
            }
        }
        return answers.count == 1 ? answers.first : nil
    }

    /// Has the token open a ciphertext of our own.
    private func prove(_ way: Way, _ key: RSAPublicHalf, _ handle: UInt, _ session: TokenSession) throws {
        let mismatch = ProviderError(
            .keyDisabled, "the private half in the token does not belong to the public half that is known")
        let secret = SecretBytes.random(count: 32)
        let ciphertext = try key.encrypt(secret)
        let opened: SecretBytes?
        do throws(CryptokiModule.DecryptFailure) {
            opened = try Self.decrypt(ciphertext, way, key, handle, session)
        } catch {
            // A refusal of this one says nothing of the stranger's.
            guard !error.failure.isRefusal else { throw mismatch }
            throw error.failure
        }
        guard opened == secret else { throw mismatch }
        state.withLock { $0.proven = .now }
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
