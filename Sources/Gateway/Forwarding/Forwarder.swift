import HTTPEngine
import Monitoring

/// Writes the request head that an upstream gets.
///
/// What is matched is what is sent: the path is the canonical one. Of the client's fields the end-to-end ones are
/// copied, but for those that the gateway owns (``FieldName``) and the credential; then it states its own.
struct Forwarder {
    /// What the head of one exchange is made from.
    struct Plan {
        /// How many octets of the canonical path are taken off.
        var stripLength: Int
        var upstream: CompiledUpstream
        /// Field lines that say who calls; empty on public routes.
        var identityLines: [UInt8]
        /// A token of `forward: jwt`, as the upstream's credential.
        var bearer: [UInt8]?
        /// The credential was read by the guard and must not go on.
        var dropsAuthorization: Bool
        var requestID: RequestID
    }

    /// The longest `X-Request-Id` of a client that is passed on, under another name.
    static let maximumClientRequestID = 128

    /// `X-Forwarded-Proto: …` with its CRLF.
    private let protocolLine: [UInt8]
    private let loopField: CDNLoopField
    private var path: [UInt8] = []

    init(scheme: String, loopField: CDNLoopField) {
        protocolLine = Array("X-Forwarded-Proto: \(scheme)\r\n".utf8)
        self.loopField = loopField
    }

    /// Writes request line, `Host`, and all end-to-end fields; the engine adds the framing.
    mutating func write(_ head: borrowing RequestHead, plan: borrowing Plan, into output: inout OutputBuffer) {
        writeRequestLine(head, plan, &output)
        output.append("Host: ")
        output.append(plan.upstream.authority)
        output.append("\r\n")
        for index in 0..<head.fieldCount where head.isForwardable(at: index) && !head.isSignetField(at: index) {
            switch head.known(at: index) {
            case .host, .forwarded, .xForwardedFor, .xForwardedHost, .xForwardedProto: continue
            case .xRequestID: writeClientRequestID(head.value(at: index), &output)
            case .authorization where plan.dropsAuthorization || Self.isOurs(head.value(at: index)): continue
            case .other where FieldName.isOwned(head.name(at: index)): continue
            default: head.copyLine(at: index, into: &output)
            }
        }
        output.append(plan.identityLines)
        if let bearer = plan.bearer {
            output.append("Authorization: Bearer ")
            output.append(bearer)
            output.append("\r\n")
        }
        output.append("X-Request-Id: ")
        for index in 0..<RequestID.length { output.append(plan.requestID.digit(at: index)) }
        output.append("\r\nX-Forwarded-For: ")
        AddressText.write(head.peer, into: &output)
        output.append("\r\nX-Forwarded-Host: ")
        output.append(head.host)
        output.append("\r\n")
        output.append(protocolLine)
        loopField.write(into: &output)
    }

    private mutating func writeRequestLine(
        _ head: borrowing RequestHead, _ plan: borrowing Plan, _ output: inout OutputBuffer
    ) {
        output.append(head.methodBytes)
        output.append(Octet.space)
        output.append(plan.upstream.basePath)
        let strip = plan.stripLength
        if case .respelled = RequestPath.verdict(of: head.path) {
            path.removeAll(keepingCapacity: true)
            RequestPath.rewrite(head.path, into: &path)
            let rest = path.span.extracting(min(strip, path.count)..<path.count)
            if rest.isEmpty { output.append(Octet.slash) }
            output.append(rest)
        } else {
            let rest = head.path.extracting(min(strip, head.path.count)..<head.path.count)
            if rest.isEmpty { output.append(Octet.slash) }
            output.append(rest)
        }
        if head.hasQuery {
            output.append(UInt8(ascii: "?"))
            output.append(head.query)
        }
        output.append(" HTTP/1.1\r\n")
    }

    /// A client's own id is kept for correlation, but not as ours: logs are searched by an id that nobody can choose.
    private func writeClientRequestID(_ value: Span<UInt8>, _ output: inout OutputBuffer) {
        guard !value.isEmpty, value.count <= Self.maximumClientRequestID else { return }
        for index in 0..<value.count where !Octet.isToken68(value[index]) { return }
        output.append("X-Client-Request-Id: ")
        output.append(value)
        output.append("\r\n")
    }

    /// Whether a credential on a public route may be a token of ours: a bearer with five parts or more, whatever stands
    /// between the scheme and them, or a sealed token under any other scheme or none. The upstream never gets to see
    /// those; other credentials may be meant for it.
    static func isOurs(_ value: Span<UInt8>) -> Bool {
        guard FieldName.hasPrefix(value, "bearer") else { return holdsSealedToken(value) }
        var dots = 0
        for index in 0..<value.count where value[index] == Octet.dot { dots += 1 }
        return dots >= 4
    }

    /// Whether five parts in base64url stand together of which the first is the beginning of a JSON object.
    private static func holdsSealedToken(_ value: Span<UInt8>) -> Bool {
        var start = 0
        while start < value.count {
            var end = start
            var dots = 0
            while end < value.count, Octet.isUnreserved(value[end]) {
                if value[end] == Octet.dot { dots += 1 }
                end &+= 1
            }
            if dots >= 4, beginsObject(value.extracting(start..<end)) { return true }
            start = end &+ 1
        }
        return false
    }

    /// Every header of ours begins with `{"`, which is `eyJ` in base64url: of a name, the next digit depends on its letter.
    private static func beginsObject(_ text: Span<UInt8>) -> Bool {
        text.count > 2 && text[0] == UInt8(ascii: "e") && text[1] == UInt8(ascii: "y") && text[2] == UInt8(ascii: "J")
    }
}
