internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
import JOSE

/// The root key under a passphrase: scrypt (RFC 7914), then AES-256-GCM.
struct PassphraseSeal: Sendable, Equatable {
    /// OWASP's Password Storage Cheat Sheet: N = 2^17, r = 8, p = 1, which takes 128 MiB and about half a second.
    static let rounds: Int64 = 1 << 17
    static let blockSize: Int64 = 8
    static let parallelism: Int64 = 1
    static let saltBytes = 16

    /// What a file may ask for: at most 1 GiB of memory, so that a changed file can't exhaust the machine.
    static let acceptedRounds: Set<Int64> = [1 << 17, 1 << 18, 1 << 19, 1 << 20]

    var rounds: Int64
    var blockSize: Int64
    var parallelism: Int64
    var salt: [UInt8]
    /// Nonce, ciphertext, tag.
    var sealed: [UInt8]

    /// Parameters with a salt of their own, and nothing sealed yet.
    static func fresh() -> PassphraseSeal {
        PassphraseSeal(
            rounds: rounds, blockSize: blockSize, parallelism: parallelism, salt: randomBytes(saltBytes), sealed: [])
    }

    /// The key that these parameters make of a passphrase; costs about half a second by design.
    func derivedKey(_ passphrase: SecretBytes) throws(KeyError) -> SecretBytes {
        guard Self.acceptedRounds.contains(rounds), blockSize == Self.blockSize, parallelism == Self.parallelism,
            salt.count == Self.saltBytes
        else { throw KeyError(.rootKeyMalformed, "the scrypt parameters are not ones that this program uses") }
        do {
            let key = unsafe try passphrase.withUnsafeBytes {
                unsafe try KDF.Scrypt.deriveKey(
                    from: $0, salt: salt, outputByteCount: 32, rounds: Int(rounds), blockSize: Int(blockSize),
                    parallelism: Int(parallelism))
            }
            return unsafe key.withUnsafeBytes { unsafe SecretBytes(wiping: [UInt8]($0)) }
        } catch {
            throw KeyError(.rootKeyUnavailable, "no key can be derived from the passphrase")
        }
    }

    /// The same parameters around another root key.
    func sealing(_ key: RootKey, by derived: SecretBytes) throws(KeyError) -> PassphraseSeal {
        var seal = self
        do {
            let box = unsafe try key.secret.withUnsafeBytes {
                unsafe try AES.GCM.seal(
                    $0, using: derived.symmetricKey, authenticating: associatedData(id: key.id))
            }
            seal.sealed = [UInt8](box.combined ?? Data())
            return seal
        } catch {
            throw KeyError(.rootKeyUnavailable, "the root key can't be sealed by the passphrase")
        }
    }

    /// Opens the key called `id`; throws `root-key-passphrase-wrong` when derived key and file do not belong together.
    func open(id: String, by derived: SecretBytes) throws(KeyError) -> SecretBytes {
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            var plain = try AES.GCM.open(
                box, using: derived.symmetricKey, authenticating: associatedData(id: id))
            defer { plain.resetBytes(in: plain.startIndex..<plain.endIndex) }
            return SecretBytes(wiping: [UInt8](plain))
        } catch {
            throw KeyError(.passphraseWrong, "the passphrase does not open the root key \(id), or its file was changed")
        }
    }

    /// Binds the key's name and the parameters, so that neither can be changed in the file.
    private func associatedData(id: String) -> [UInt8] {
        AssociatedData.encode(
            "signet root key file v1", [id, "scrypt", "\(rounds)", "\(blockSize)", "\(parallelism)"])
    }
}

extension SecretBytes {
    /// The pointer is read within the call; SymmetricKey wipes its own copy.
    var symmetricKey: SymmetricKey { unsafe withUnsafeBytes { unsafe SymmetricKey(data: $0) } }
}
