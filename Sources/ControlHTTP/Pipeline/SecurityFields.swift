import FoundationEssentials
import HTTPTypes
import Hummingbird

/// The fields that every response of a control listener carries. A handler's own value wins where it set one.
enum SecurityFields {
    /// Nothing may load, frame or run what an API answers; pages bring their own policy.
    private static let defaults: [(HTTPField.Name, String)] =
        [
            (.cacheControl, "no-store"),
            (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
            (.xContentTypeOptions, "nosniff"),
            (.crossOriginResourcePolicy, "same-origin"),
        ]
        + [("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY")].compactMap { name, value in
            HTTPField.Name(name).map { ($0, value) }
        }

    static func complete(_ response: inout Response, requestID: RequestID, isHTTPS: Bool) {
        for (name, value) in defaults where !response.headers.contains(name) {
            response.headers[name] = value
        }
        if isHTTPS, !response.headers.contains(.strictTransportSecurity) {
            response.headers[.strictTransportSecurity] = "max-age=31536000"
        }
        response.headers[.requestID] = requestID.description
        response.headers[.date] = HTTPDate.text(unixSeconds: Int64(Date.now.timeIntervalSince1970))
    }
}
