import JOSE

/// The keys of a file in any format that keys are written in.
struct KeySource {
    let keys: [JWK]
    /// Whether the file holds several keys, or a JWKS even of one.
    let isSet: Bool

    /// - Parameter format: the format; nil: the one that the first octets show.
    /// - Throws: ``CommandFailure`` 65.
    init(_ input: [UInt8], format: KeyFormat?, name: String) throws {
        do throws(JOSEError) {
            switch format ?? KeyFormat(of: input) {
            case .jwk:
                break
            case .pem:
                keys = try JWKSet(pem: input).keys
                isSet = keys.count > 1
                return
            case .der:
                keys = [try JWK(der: input)]
                isSet = false
                return
            }
        } catch {
            throw CommandFailure.malformed(error.code.rawValue, "\(name): \(error.reason)")
        }
        let file = try KeyFile(parsing: Input.trimmedText(input), name: name)
        keys = file.keys
        isSet = file.isSet
    }
}
