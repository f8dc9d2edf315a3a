import ControlHTTP
import Crypto
import Hummingbird
import JOSE

/// A JSON document that anyone may read and keep for a while, with its entity tag.
struct PublicDocument: Sendable {
    /// The document in UTF-8.
    let body: [UInt8]
    private let tag: String

    /// How long a reader may keep it. Whoever meets a kid that his copy does not have reads it anew.
    static let cacheControl = "public, max-age=600"

    init(_ body: [UInt8]) {
        self.body = body
        tag = Base64URL.encode(Array(SHA256.hash(data: body).prefix(16)))
    }

    func response(to request: Request, type: String = "application/json") -> Response {
        .conditional(body, type: type, tag: tag, cacheControl: Self.cacheControl, for: request)
    }
}
