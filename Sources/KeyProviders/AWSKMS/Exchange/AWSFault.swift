import Egress
import JOSE
import KeyManagement

/// An answer of AWS that is an error: the protocols' common part, in JSON or in XML.
struct AWSFault: Sendable, Hashable {
    let status: Int
    /// The error's name without namespace and without `Exception` at its end; empty when the answer names none.
    let code: String
    let message: String

    init(status: Int, code: String, message: String = "") {
        self.status = status
        // `com.amazonaws.kms#NotFoundException:http://…` is allowed by the protocol.
        let name = code.split(separator: ":").first?.split(separator: "#").last ?? ""
        self.code = Self.printable(String(name.hasSuffix("Exception") ? name.dropLast("Exception".count) : name))
        self.message = Self.printable(message)
    }

    init(_ response: EgressResponse) {
        if let object = try? JSONObject(parsing: response.body) {
            self.init(
                status: response.status,
                code: object["__type"]?.stringValue ?? response[field: "x-amzn-errortype"] ?? "",
                message: object["message"]?.stringValue ?? object["Message"]?.stringValue ?? "")
        } else {
            let fields = XMLFields(response.body)
            self.init(
                status: response.status, code: fields["Code"] ?? response[field: "x-amzn-errortype"] ?? "",
                message: fields["Message"] ?? "")
        }
    }

    /// What may be shown of a text from outside: at most 300 printable ASCII characters.
    static func printable(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(300).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// Whether other credentials from the same source may be accepted where these were not.
    var isStale: Bool {
        ["ExpiredToken", "RequestExpired", "UnrecognizedClient", "InvalidClientTokenId"].contains(code)
    }

    /// - Parameters:
    ///   - what: whom we asked.
    ///   - action: what we asked for, by the name that policies have for it.
    ///   - origin: where the credentials came from; empty for a call without.
    func error(from what: String, action: String, origin: String) -> ProviderError {
        switch code {
        case "Throttling", "LimitExceeded", "TooManyRequests", "RequestLimitExceeded":
            return ProviderError(.throttled, "\(what) has too much to do for \(action) (\(code)); try again later")
        case "KMSInternal", "DependencyTimeout", "KeyUnavailable", "InternalFailure", "InternalServer",
            "ServiceUnavailable", "IDPCommunicationError":
            return ProviderError(.unreachable, "\(what) can't work at present (\(code))")
        case "AccessDenied", "UnauthorizedOperation", "OptInRequired", "RegionDisabled", "InvalidIdentityToken",
            "IDPRejectedClaim":
            return ProviderError(
                .denied, "\(what) does not allow \(action)\(by(origin)): \(explained); allow it in a policy")
        case "UnrecognizedClient", "InvalidClientTokenId", "MissingAuthenticationToken", "InvalidAccessKeyId":
            return ProviderError(
                .denied,
                "\(what) does not know the credentials\(from(origin)) (\(code)): were they deleted or replaced?")
        case "ExpiredToken", "RequestExpired":
            return ProviderError(
                .denied, "\(what) says that the credentials\(from(origin)) have expired (\(code)): renew them")
        // AWS repeats the signed request in these messages, and with it the session token: they are not shown.
        case "InvalidSignature", "SignatureDoesNotMatch", "IncompleteSignature":
            return ProviderError(
                .denied,
                "\(what) refuses the signature (\(code)): check the secret access key\(from(origin)), "
                    + "and this machine's clock")
        case "NotFound":
            return ProviderError(.keyMissing, "\(what) has no such key: \(explained); check the key and the region")
        case "Disabled", "KMSInvalidState", "InvalidKeyUsage":
            return ProviderError(
                .keyDisabled,
                "\(what) says that the key must not be used for \(action): \(explained); enable it, or "
                    + "choose a key of the right kind")
        case "InvalidCiphertext", "IncorrectKey":
            return ProviderError(.refused, "\(what) did not make this with this key for this purpose (\(code))")
        case "Validation", "ValidationError", "InvalidArn", "MalformedPolicyDocument", "PackedPolicyTooLarge":
            return ProviderError(.configurationInvalid, "\(what) can't read the request for \(action): \(explained)")
        default: return byStatus(what, action)
        }
    }

    private func byStatus(_ what: String, _ action: String) -> ProviderError {
        let answer = "\(what) answered \(action) with \(status)\(code.isEmpty ? "" : " (\(code))")"
        switch status {
        case 429: return ProviderError(.throttled, answer)
        case 500...: return ProviderError(.unreachable, answer)
        case 401, 403: return ProviderError(.denied, answer)
        default: return ProviderError(.answerBroken, answer)
        }
    }

    private var explained: String {
        guard !message.isEmpty else { return code }
        return message.hasSuffix(".") ? String(message.dropLast()) : message
    }

    private func by(_ origin: String) -> String { origin.isEmpty ? "" : " with the credentials\(from(origin))" }

    private func from(_ origin: String) -> String { origin.isEmpty ? "" : " from \(origin)" }
}
