/// Bounds of a token, checked before anything of it is decoded.
public struct TokenLimits: Sendable, Equatable {
    /// The most octets a token may have. At most 1 GiB.
    public var tokenBytes: Int

    /// The most octets a header may have, decoded.
    public var headerBytes: Int

    /// Bounds of the JSON in headers and claims.
    public var json: JSONLimits

    /// The most signatures or recipients that a general JSON serialization may have. At most 1,000.
    public var signers: Int

    /// The most iterations of PBES2 (`p2c`) that a token may ask for, whatever its key allows: they are work that a
    /// stranger orders. The default is the most that any `PasswordKey` allows unless told otherwise. At most
    /// 10 million.
    public var pbes2Count: Int

    /// The most octets that a compressed plaintext may inflate to, where compression is allowed at all. At most 1 GiB.
    public var inflatedBytes: Int

    /// 1 MiB, with headers of 16 KiB: for tokens in general.
    public static let `default` = TokenLimits(tokenBytes: 1 << 20, headerBytes: 16 << 10)

    /// 16 KiB, with headers of 4 KiB: for access tokens, which come in a header field.
    public static let accessToken = TokenLimits(tokenBytes: 16 << 10, headerBytes: 4 << 10)

    /// Makes limits; values outside their ranges are brought into them.
    public init(
        tokenBytes: Int, headerBytes: Int, json: JSONLimits = .default, signers: Int = 16, pbes2Count: Int = 600_000,
        inflatedBytes: Int = 250_000
    ) {
        self.tokenBytes = Swift.min(Swift.max(tokenBytes, 0), 1 << 30)
        self.headerBytes = Swift.min(Swift.max(headerBytes, 0), 1 << 20)
        self.json = json
        self.signers = Swift.min(Swift.max(signers, 1), 1_000)
        self.pbes2Count = Swift.min(Swift.max(pbes2Count, 0), 10_000_000)
        self.inflatedBytes = Swift.min(Swift.max(inflatedBytes, 0), 1 << 30)
    }

    func check(_ token: Span<UInt8>) throws(JOSEError) {
        guard token.count <= tokenBytes else {
            throw JOSEError(.tokenTooLarge, "expected at most \(tokenBytes) octets, got \(token.count)")
        }
    }
}
