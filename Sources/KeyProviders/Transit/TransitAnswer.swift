import Egress
import JOSE
import KeyManagement

/// An answer of the server: its status and, if it is one, its JSON object.
struct TransitAnswer: Sendable {
    let status: Int
    let object: JSONObject?
    /// What the server says against it, fit for a message; empty if it says nothing.
    let complaint: String

    /// - Parameter secrets: what was sent; a complaint that repeats one of them is dropped.
    init(_ response: EgressResponse, secrets: [String] = []) {
        status = response.status
        object = try? JSONObject(parsing: response.body)
        let texts = object?["errors"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let complaint = Self.readable(texts.joined(separator: "; "))
        self.complaint = secrets.contains { !$0.isEmpty && complaint.contains($0) } ? "" : complaint
    }

    /// The longest complaint that is repeated.
    private static let longestComplaint = 300

    /// One line of printable ASCII.
    private static func readable(_ text: String) -> String {
        let words = text.split { $0.isWhitespace }.joined(separator: " ")
        let octets = words.utf8.prefix(longestComplaint).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: octets, as: UTF8.self)
    }

    /// The member of a good answer.
    /// - Throws: `provider-answer-broken`.
    func member(_ name: String, _ place: String) throws(ProviderError) -> JSONObject {
        guard let member = object?[name]?.objectValue else {
            throw ProviderError(.answerBroken, "\(place): expected JSON with the object \(name)")
        }
        return member
    }

    /// ` (the server says: …)`, or nothing.
    var quoted: String { complaint.isEmpty ? "" : " (the server says: \(complaint))" }

    /// Whether this is how the server refuses a ciphertext of RSA: it says so with status 500, as it does to trouble of its own.
    var saysNotDecrypted: Bool { complaint.contains("failed to RSA decrypt") }

    /// What a status means that is the same for every request; 400 and 404 are the caller's to tell first.
    func failure(_ place: String) -> ProviderError {
        switch status {
        case 400: ProviderError(.answerBroken, "\(place) finds the request wrong\(quoted)")
        case 403: ProviderError(.denied, "\(place): permission denied\(quoted)")
        case 404: ProviderError(.keyMissing, "\(place) is not there\(quoted): check address, mount and namespace")
        case 405: ProviderError(.notSupported, "\(place) can't do this\(quoted)")
        case 429: ProviderError(.throttled, "\(place): too many requests, a quota is used up\(quoted)")
        case 412: ProviderError(.unreachable, "\(place): the server has not caught up with its peers yet\(quoted)")
        case 472, 473, 474:
            ProviderError(.unreachable, "\(place): the server is a standby that can't work (status \(status))")
        case 501: ProviderError(.unreachable, "\(place): the server is not initialised")
        case 503: ProviderError(.unreachable, "\(place): the server is sealed or in maintenance\(quoted): unseal it")
        case 500..<600: ProviderError(.unreachable, "\(place): the server failed with status \(status)\(quoted)")
        case 300..<400:
            ProviderError(
                .unreachable,
                "\(place): the server sends elsewhere (status \(status)), which is not followed: let address lead to "
                    + "the active server")
        default: ProviderError(.answerBroken, "\(place): the status \(status) means nothing here\(quoted)")
        }
    }
}
