/// The headers that Signet writes for the keys of one directory, with what they mean.
///
/// The header of a token with a shared wrapping key, and every inner header, is the same for each token of the key.
/// What the parser makes of it is worked out when the directory is made; then a header that is octet for octet the
/// same costs one probe. Nothing from outside is ever added, so that it needs no bound, no lock and no eviction.
struct KnownHeaders<Key: DirectoryKey>: Sendable {
    let outer: ByteTable<OuterHeader>?
    let inner: ByteTable<InnerHeader>?

    init(_ table: ByteTable<Key>?) {
        outer = (table as? ByteTable<DecryptionKey>).flatMap(Self.outerHeaders)
        inner = (table as? ByteTable<VerificationKey>).flatMap(Self.innerHeaders)
    }

    private static func outerHeaders(_ table: ByteTable<DecryptionKey>) -> ByteTable<OuterHeader>? {
        var entries: [(key: [UInt8], value: OuterHeader)] = []
        for key in table.entries.map(\.value) where key.algorithm.hasConstantHeader {
            // Sorted, so that a directory is the same however it is made.
            for content in key.contentEncryption.sorted(by: { $0.rawValue < $1.rawValue }) {
                var header: JSONObject = ["alg": .string(key.algorithm.rawValue), "enc": .string(content.rawValue)]
                for member in NestedHeaders.outer(kid: key.kid ?? "") { header[member.name] = member.value }
                let encoded = [UInt8](Base64URL.encode(header.serialized()).utf8)
                guard let meaning = try? OuterHeader.parse(encoded.span, table, .accessToken) else { continue }
                entries.append((encoded, meaning))
            }
        }
        return ByteTable(entries)
    }

    private static func innerHeaders(_ table: ByteTable<VerificationKey>) -> ByteTable<InnerHeader>? {
        var entries: [(key: [UInt8], value: InnerHeader)] = []
        for key in table.entries.map(\.value) {
            var header: JSONObject = ["alg": .string(key.algorithm.rawValue)]
            for member in NestedHeaders.inner(kid: key.kid ?? "", type: "at+jwt") { header[member.name] = member.value }
            let encoded = [UInt8](Base64URL.encode(header.serialized()).utf8)
            guard let meaning = try? InnerHeader.parse(encoded.span, table, .accessToken) else { continue }
            entries.append((encoded, meaning))
        }
        return ByteTable(entries)
    }
}

extension KeyManagementAlgorithm {
    /// Whether the header of a token says nothing that differs from token to token.
    var hasConstantHeader: Bool { !isKeyAgreement && !isGCMKeyWrap && !isPasswordBased && hpkeSuite == nil }
}
