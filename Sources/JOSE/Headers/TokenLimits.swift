/// Bounds of a token, checked before anything of it is decoded.
public struct TokenLimits: Sendable, Equatable {
    /// The most octets a token may have. At most 1 GiB.
    public var tokenBytes: Int

    /// The most octets a header may have, decoded.
    public var headerBytes: Int

    /// Bounds of the JSON in headers and claims.
    public var json: JSONLimits

    /// 1 MiB, with headers of 16 KiB: for tokens in general.
    public static let `default` = TokenLimits(tokenBytes: 1 << 20, headerBytes: 16 << 10)

    /// 16 KiB, with headers of 4 KiB: for access tokens, which come in a header field.
    public static let accessToken = TokenLimits(tokenBytes: 16 << 10, headerBytes: 4 << 10)

    /// Makes limits; values outside their ranges are brought into them.
    public init(tokenBytes: Int, headerBytes: Int, json: JSONLimits = .default) {
        self.tokenBytes = Swift.min(Swift.max(tokenBytes, 0), 1 << 30)
        self.headerBytes = Swift.min(Swift.max(headerBytes, 0), 1 << 20)
        self.json = json
    }

    func check(_ token: Span<UInt8>) throws(JOSEError) {
        guard token.count <= tokenBytes else {
            throw JOSEError(.tokenTooLarge, "expected at most \(tokenBytes) octets, got \(token.count)")
        }
    }
}
