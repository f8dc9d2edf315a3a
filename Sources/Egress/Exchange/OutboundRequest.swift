import NIOCore
import NIOHTTP1

/// A request that may be sent: what it consists of can't be read as something else.
struct OutboundRequest: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer?

    /// - Parameter isLast: whether the connection ends with it.
    /// - Throws: `request-invalid`.
    init(_ request: EgressRequest, to url: EgressURL, isLast: Bool) throws(EgressError) {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(Self.isCapital) else {
            throw EgressError(.requestInvalid, "expected a method in capitals")
        }
        var fields = HTTPHeaders([("Host", url.authority)])
        if isLast { fields.add(name: "Connection", value: "close") }
        for field in request.fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isTokenCharacter) else {
                throw EgressError(.requestInvalid, "a field's name can't be sent")
            }
            guard !Self.ownNames.contains(field.name.lowercased()) else {
                throw EgressError(.requestInvalid, "the field \(field.name) is not the caller's")
            }
            guard field.value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }) else {
                throw EgressError(.requestInvalid, "the value of the field \(field.name) can't be sent")
            }
            fields.add(name: field.name, value: field.value)
        }
        if let body = request.body {
            fields.add(name: "Content-Length", value: String(body.count))
        } else if ["POST", "PUT", "PATCH"].contains(request.method) {
            // RFC 9110 section 8.6: a method that means to send content says that there is none.
            fields.add(name: "Content-Length", value: "0")
        }
        head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: url.target, headers: fields)
        body = request.body.map { ByteBuffer(bytes: $0) }
    }

    /// What frames the message and names its receiver.
    private static let ownNames: Set = ["host", "connection", "content-length", "transfer-encoding", "upgrade", "te"]

    private static func isCapital(_ octet: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet) }

    /// RFC 9110 section 5.6.2.
    private static func isTokenCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(octet)
        }
    }
}
