/// A key that a directory can hold.
public protocol DirectoryKey: Sendable {
    /// The key's name, or nil if it has none.
    var kid: String? { get }
}

extension VerificationKey: DirectoryKey {}
extension DecryptionKey: DirectoryKey {}

/// Keys by their `kid`, built once, cheap to copy, looked up without allocating.
///
/// A token names its key and that one is used; nothing is ever tried. What the headers of tokens that Signet itself
/// seals mean is worked out here once too, so that such headers are not parsed again for each token.
public struct KeyDirectory<Key: DirectoryKey>: Sendable {
    let backing: Backing

    /// A directory of these keys.
    /// - Throws: `key-invalid` if a key has no `kid`; `key-ambiguous` if two have the same, or if keys that verify are
    ///   partly symmetric: whoever may check with those may also sign, and no issuer does both under one name.
    public init(_ keys: [Key]) throws(JOSEError) {
        if let verifying = keys as? [VerificationKey] {
            let symmetric = verifying.count { $0.algorithm.isSymmetric }
            guard symmetric == 0 || symmetric == verifying.count else {
                throw JOSEError(.keyAmbiguous, "a directory mixes symmetric and public keys")
            }
        }
        var entries: [(key: [UInt8], value: Key)] = []
        for key in keys {
            guard let kid = key.kid else { throw KeyMaterial.invalid("a key of a directory needs a kid") }
            entries.append(([UInt8](kid.utf8), key))
        }
        guard let table = ByteTable(entries) else {
            throw JOSEError(.keyAmbiguous, "two keys of a directory have the same kid")
        }
        backing = Backing(table)
    }

    /// A directory without keys.
    public init() {
        backing = Backing(nil)
    }

    /// The number of keys.
    public var count: Int { backing.table?.entries.count ?? 0 }

    /// Whether there are no keys.
    public var isEmpty: Bool { count == 0 }

    /// The keys, in the order given.
    public var keys: [Key] { backing.table?.entries.map(\.value) ?? [] }

    /// The key of that name, or nil.
    public subscript(_ kid: String) -> Key? {
        let octets = [UInt8](kid.utf8)
        return self[octets.span]
    }

    /// The key of that name, or nil.
    public subscript(_ kid: Span<UInt8>) -> Key? { backing.table?[kid] }

    final class Backing: Sendable {
        let table: ByteTable<Key>?
        let knownHeaders: KnownHeaders<Key>

        init(_ table: ByteTable<Key>?) {
            self.table = table
            knownHeaders = KnownHeaders(table)
        }
    }
}
