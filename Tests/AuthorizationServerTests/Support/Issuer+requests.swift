import ControlHTTP
import HTTPTypes
import Hummingbird
import JOSE
import KeyManagement
import Monitoring
import NIOCore
import Resources
import Store
import TestLogs
import Testing

@testable import AuthorizationServer

extension Issuer {
    /// Sends a request through the responder, in memory.
    func send(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String = ""
    ) async throws -> Answer {
        var headers = headers
        if !body.isEmpty { headers[.contentLength] = String(body.utf8.count) }
        let head = HTTPRequest(
            method: method, scheme: "https", authority: "as.example", path: path, headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let context = ControlContext(source: ControlRequestSource(logger: log.logger, remoteAddress: "127.0.0.1"))
        return try await Answer(responder.respond(to: request, context: context))
    }

    /// Posts a form.
    ///
    /// - Parameter basic: the client whose right id and secret go into the Authorization field.
    func post(
        _ path: String, _ form: [(String, String)], basic: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        if let basic { headers[.authorization] = Self.basic(basic, secret(basic)) }
        return try await send(.post, path, headers: headers, body: Self.encode(form))
    }

    /// Asks for a token with `client_credentials`.
    func token(_ form: [(String, String)] = [], basic: String? = "reporter") async throws -> Answer {
        try await post("/oauth/token", [("grant_type", "client_credentials")] + form, basic: basic)
    }

    /// A token that must be granted.
    func grantedToken(_ form: [(String, String)] = [], basic: String = "reporter") async throws -> String {
        let answer = try await token(form, basic: basic)
        return try #require(answer.json["access_token"]?.stringValue, "\(answer.body)")
    }

    func introspect(_ token: String, as client: String) async throws -> Answer {
        try await post("/oauth/introspect", [("token", token)], basic: client)
    }

    /// Opens a token as the gateway would.
    func open(_ token: String, api: String = "orders") async throws -> OpenedToken {
        let loaded = try await keys.load()
        let present = try #require(try await resources.load().apis[api])
        let keys = loaded.keys(of: present.form)
        return try NestedToken.open(
            Array(token.utf8), decryptionKeys: keys.decryption, verificationKeys: keys.verification,
            contentEncryption: [keys.form.content])
    }

    static func basic(_ id: String, _ secret: String) -> String {
        "Basic " + base64(Array("\(encode(id)):\(encode(secret))".utf8))
    }

    static func encode(_ form: [(String, String)]) -> String {
        form.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }

    private static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            case UInt8(ascii: " "): "+"
            default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }.joined()
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes)
        let translated = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return String(translated) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}
