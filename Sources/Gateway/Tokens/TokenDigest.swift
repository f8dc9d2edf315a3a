import Crypto

/// SHA-256 of a token's octets: what a token is known by, so that no table of the gateway holds the token itself.
struct TokenDigest: BitwiseCopyable, Hashable, Sendable {
    let words: SIMD4<UInt64>

    init(words: SIMD4<UInt64>) {
        self.words = words
    }

    init(of token: Span<UInt8>) {
        var hash = SHA256()
        unsafe token.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        // A SHA-256 digest is 32 octets, the size of four words; loads need no alignment.
        words = unsafe hash.finalize().withUnsafeBytes { unsafe $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }
}
