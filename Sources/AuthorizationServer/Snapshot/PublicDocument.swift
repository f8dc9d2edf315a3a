import ControlHTTP
import Crypto
import Hummingbird
import JOSE
import KeyManagement
import Store

/// A JSON document that anyone may read and keep for a while, with its entity tag.
struct PublicDocument: Sendable {
    /// The document in UTF-8.
    let body: [UInt8]
    private let tag: String

    /// Until when, in seconds of unix time, nobody may keep it.
    private let notKeptUntil: Int64

    /// How long a reader may keep it. Whoever meets a kid that his copy does not have reads it anew.
    static let cacheControl = "public, max-age=\(KeySchedule.keySetMaxAge)"
    /// How long, in seconds, nobody may keep it after a key was revoked: nobody should believe that key from a copy.
    static let timeAfterRevocation: Int64 = 3600

    /// - Parameter lastRevocation: when a key that was in it was last revoked.
    init(_ body: [UInt8], lastRevocation: Timestamp? = nil) {
        self.body = body
        notKeptUntil = lastRevocation.map { ($0 + Self.timeAfterRevocation).seconds } ?? .min
        tag = Base64URL.encode(Array(SHA256.hash(data: body).prefix(16)))
    }

    /// - Parameter now: the server's time.
    func response(to request: Request, type: String = "application/json", now: Timestamp) -> Response {
        let cacheControl = now.seconds < notKeptUntil ? "no-store" : Self.cacheControl
        return .conditional(body, type: type, tag: tag, cacheControl: cacheControl, for: request)
    }
}
