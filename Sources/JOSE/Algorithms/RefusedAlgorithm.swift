/// Algorithms that are known by name and left out, each with why.
///
/// The code is `alg-not-allowed` like that of any other name that is not accepted: no setting here can allow them, and
/// a caller does the same about both. The reason tells them apart.
package enum RefusedAlgorithm {
    /// The refusal of a name that stands for no algorithm of this library.
    /// - Parameter purpose: what an algorithm was expected for, as in "signatures".
    package static func refusal(of name: String, for purpose: String) -> JOSEError {
        if let why = reason(name) { return JOSEError(.algorithmNotAllowed, "\(shown(name)) is refused: \(why)") }
        if SignatureAlgorithm(name: name) != nil || KeyManagementAlgorithm(rawValue: name) != nil {
            return JOSEError(.algorithmNotAllowed, "\(shown(name)) is not an algorithm for \(purpose)")
        }
        return JOSEError(.algorithmNotAllowed, "\(shown(name)) is no algorithm that is known here for \(purpose)")
    }

    /// Why a known algorithm is left out; nil for one that is unknown or supported.
    package static func reason(_ name: String) -> String? {
        if name.utf8.elementsEqual("none".utf8, by: { $0 | 0x20 == $1 }) {
            return "a token without a signature proves nothing"
        }
        guard KeyManagementAlgorithm(rawValue: name) == nil else { return nil }
        if let known = reasons.first(where: { isSameText($0.name, name) }) { return known.why }
        return families.first { name.utf8.starts(with: $0.name.utf8) }?.why
    }

    private static let reasons = [
        (name: "RSA1_5", why: "its padding lets strangers decrypt by trial (RFC 8017 section 7.2); use RSA-OAEP-256"),
        (name: "ML-DSA-44", why: "no well-kept library here has it; use ML-DSA-65 or ML-DSA-87"),
        (name: "RS1", why: "SHA-1 is broken"),
        (name: "HS1", why: "SHA-1 is broken"),
        (name: "A128CTR", why: "it encrypts without authenticating"),
        (name: "A192CTR", why: "it encrypts without authenticating"),
        (name: "A256CTR", why: "it encrypts without authenticating"),
        (name: "A128CBC", why: "it encrypts without authenticating"),
        (name: "A192CBC", why: "it encrypts without authenticating"),
        (name: "A256CBC", why: "it encrypts without authenticating"),
        (name: "HPKE-5", why: "no HPKE with X448 is to be had here; use HPKE-3"),
        (name: "HPKE-6", why: "no HPKE with X448 is to be had here; use HPKE-4"),
        (name: "HPKE-5-KE", why: "no HPKE with X448 is to be had here; use HPKE-3-KE"),
        (name: "HPKE-6-KE", why: "no HPKE with X448 is to be had here; use HPKE-4-KE"),
        (name: "C20P", why: "it is not registered with IANA; use A256GCM"),
        (name: "XC20P", why: "it is not registered with IANA; use A256GCM"),
    ]

    private static let families = [
        (name: "ECDH-1PU", why: "its draft never became a standard; sign, then encrypt by ECDH-ES"),
        (name: "ECDH-SS", why: "its keys are the same for every token; use ECDH-ES"),
        (name: "SLH-DSA-", why: "no well-kept library here has it; use ML-DSA-65 or ML-DSA-87"),
        (name: "FN-DSA-", why: "it is no standard yet; use ML-DSA-65 or ML-DSA-87"),
        (name: "HPKE-", why: "no library here has that suite; use HPKE-3, or HPKE-9 against quantum computers"),
        (name: "ESB", why: "its curves are those of Brainpool, which are not supported; use ES256"),
    ]

    /// A name from outside, as a log may show it.
    private static func shown(_ name: String) -> String {
        String(
            decoding: name.utf8.prefix(40).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
